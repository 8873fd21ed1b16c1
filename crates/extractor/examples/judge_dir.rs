//! Judges every page of a folder and tells those that are taken for no content, with the share of them.
//!
//! usage: `judge_dir FOLDER`, with `FOLDER/pages/*.html` and, for their addresses, `targets.json` or `truth.json`.

use std::{collections::BTreeMap, fs, path::Path};

use gleaner_extractor::{ContentHosts, Judged, PackLimits, judge_page};
use serde_json::Value;
use url::Url;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(args.first().ok_or("usage: judge_dir FOLDER")?);
    let read = |name: &str| -> BTreeMap<String, Value> {
        fs::read(dir.join(name))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    };
    let (targets, truth) = (read("targets.json"), read("truth.json"));
    let (mut pages, mut flagged) = (0, 0);
    for entry in fs::read_dir(dir.join("pages"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let id = name.split('.').next().unwrap_or_default();
        let known = targets.get(id).or_else(|| truth.get(id)).and_then(|target| target["url"].as_str());
        let url = known.and_then(|url| Url::parse(url).ok());
        let url = url.map_or_else(|| Url::parse("https://page.example/"), Ok)?;
        pages += 1;
        let limits = PackLimits::default();
        match judge_page(&fs::read(&path)?, Some("text/html"), &url, &limits, &ContentHosts::default()) {
            Ok(Judged::Content(_)) => {}
            Ok(Judged::NotContent(found, pack)) => {
                flagged += 1;
                let points = pack.visible.chars().count();
                println!("{name} {}: {} ({points} points, {url})", found.kind.reason(), found.why);
            }
            Err(error) => println!("{name}: {error}"),
        }
    }
    println!("{flagged} of {pages} are no content");
    Ok(())
}
