//! Builds the packs of a folder of pages and tells pages per second and, where `truth.json` lies beside it, the share of
//! true values that stand in the pack.
//!
//! usage: `pack_dir FIELDS_DIR [--missing] [--show ID]`, with `FIELDS_DIR/pages/*.html`.

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use gleaner_contract::EvidencePack;
use gleaner_extractor::{PackLimits, build_pack};
use serde_json::Value;
use url::Url;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(args.first().ok_or("usage: pack_dir FIELDS_DIR [--missing] [--show ID]")?);
    let show = args.iter().position(|arg| arg == "--show").and_then(|at| args.get(at + 1));
    let limits = PackLimits::default();
    let mut pages = Vec::new();
    for entry in fs::read_dir(dir.join("pages"))? {
        let path = entry?.path();
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if show.is_none_or(|show| *show == id) {
            pages.push((id, fs::read(path)?));
        }
    }
    pages.sort();
    let targets: BTreeMap<String, Value> = read(dir.join("targets.json"));
    let url_of = |id: &str| {
        let url =
            targets.get(id).and_then(|target| target["url"].as_str()).unwrap_or("https://page.example/");
        Url::parse(url).or_else(|_| Url::parse("https://page.example/"))
    };
    let started = Instant::now();
    let mut packs = BTreeMap::new();
    let mut failed = 0;
    let mut slowest = (0.0, "");
    for (id, bytes) in &pages {
        let one = Instant::now();
        match build_pack(bytes, Some("text/html"), &url_of(id)?, &limits) {
            Ok(pack) => {
                packs.insert(id.clone(), pack);
            }
            Err(error) => {
                println!("{id}: {error}");
                failed += 1;
            }
        }
        let took = one.elapsed().as_secs_f64();
        if took > slowest.0 {
            slowest = (took, id);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} packs, {failed} failed, {:.0} pages/s, slowest {} with {:.0} ms",
        packs.len(),
        pages.len() as f64 / seconds,
        slowest.1,
        slowest.0 * 1000.0
    );
    if show.is_some() {
        for pack in packs.values() {
            println!("{}", serde_json::to_string_pretty(pack)?);
        }
        return Ok(());
    }
    recall(&packs, &read(dir.join("truth.json")), args.iter().any(|arg| arg == "--missing"));
    Ok(())
}

fn read(path: std::path::PathBuf) -> BTreeMap<String, Value> {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn recall(packs: &BTreeMap<String, EvidencePack>, truth: &BTreeMap<String, Value>, tell: bool) {
    let mut counts: BTreeMap<(String, String), (u32, u32)> = BTreeMap::new();
    for (id, page) in truth {
        let text = packs.get(id).map(text_of).unwrap_or_default();
        let set = page["set"].as_str().unwrap_or_default();
        for (field, values) in page["fields"].as_object().into_iter().flatten() {
            let values: Vec<&str> =
                values.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if field == "availability" {
                continue;
            }
            for value in values {
                let found = stands(value, &text);
                let count = counts.entry((set.to_owned(), field.clone())).or_default();
                count.0 += u32::from(found);
                count.1 += 1;
                if tell && !found {
                    println!("{id} {field}: {value:?}");
                }
            }
        }
    }
    let mut all = (0, 0);
    for ((set, field), (found, wanted)) in counts {
        println!("{set:24} {field:12} {found:4} of {wanted:4}");
        all = (all.0 + found, all.1 + wanted);
    }
    if all.1 > 0 {
        println!("{} of {} true values: {:.4}", all.0, all.1, f64::from(all.0) / f64::from(all.1));
    }
}

fn text_of(pack: &EvidencePack) -> String {
    let mut text = pack.visible.clone();
    for block in &pack.structured {
        text.push('\n');
        text.push_str(&block.text);
        text.push('\n');
        text.push_str(&block.data.to_string());
    }
    for link in &pack.links {
        text.push('\n');
        text.push_str(&link.href);
    }
    squeezed(&text)
}

/// Lower case, each run of anything but letters and digits a space.
fn squeezed(text: &str) -> String {
    let mut out = String::from(" ");
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out.push(' ');
    out
}

/// As whole words, in order. Of decimal numbers, trailing zeros may be missing.
fn stands(value: &str, text: &str) -> bool {
    let value = value.strip_suffix(".00").or_else(|| value.strip_suffix(".0")).unwrap_or(value);
    let wanted = squeezed(value);
    wanted.trim().is_empty() || text.contains(&wanted)
}
