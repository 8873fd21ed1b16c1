//! Reads a folder of real pages with the rules alone and writes what a record would publish, a JSON line for each value,
//! for an outside scorer.
//!
//! usage: read_dir FIELDS_DIR [ID_OR_ITS_START…] > predictions.jsonl
//!
//! The visible text of a page that is named in full goes to stderr.

use std::{collections::BTreeMap, fs, path::Path};

use gleaner_contract::{Brief, ContentHash, FieldFormat, FieldSpec, Finding, Layer, Page, Timestamp};
use gleaner_extractor::{PackLimits, build_pack};
use gleaner_rules::read;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(args.first().expect("a folder of pages"));
    let targets: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(dir.join("targets.json")).expect("targets.json")).expect("JSON");
    for (id, target) in
        targets.iter().filter(|(id, _)| args.len() < 2 || args[1..].iter().any(|start| id.starts_with(start)))
    {
        let Some(bytes) = fs::read(dir.join(format!("pages/{id}.html"))).ok() else { continue };
        let address =
            target["url"].as_str().filter(|url| url.starts_with("http")).unwrap_or("https://page.invalid/");
        let Ok(url) = Url::parse(address) else { continue };
        let pack = match build_pack(&bytes, Some("text/html"), &url, &PackLimits::default()) {
            Ok(pack) => pack,
            Err(error) => {
                eprintln!("{id}: {error}");
                continue;
            }
        };
        let names = target["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let brief = Brief { fields: names.map(spec).collect(), ..Brief::default() };
        let page = Page {
            url: address.to_owned(),
            final_url: address.to_owned(),
            status: 200,
            content_hash: ContentHash::of(&bytes),
            content_type: None,
            bytes: bytes.len() as u64,
            fetched_at: Timestamp::default(),
        };
        if args[1..].contains(id) {
            eprintln!("{}", pack.visible);
        }
        let reading = read(&pack, &brief, &page);
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for field in &brief.fields {
            for finding in published(field, &reading.findings) {
                let tier = if finding.evidence.layer == Layer::Structured { "structured" } else { "text" };
                // The outside truth knows two states.
                let value = match finding.value.as_str() {
                    Some("SoldOut") if field.name == "availability" => json!("OutOfStock"),
                    _ => finding.value.clone(),
                };
                println!(
                    "{}",
                    json!({ "id": id, "field": field.name, "value": value, "quote": finding.evidence.quote, "sha256": sha256,
                        "tier": tier, "confidence": finding.confidence })
                );
            }
        }
    }
}

/// What a record would publish: the best finding, none when the best disagree; all items of an array.
fn published<'f>(field: &FieldSpec, findings: &'f [Finding]) -> Vec<&'f Finding> {
    let mut own: Vec<&Finding> = findings.iter().filter(|finding| finding.field == field.name).collect();
    if field.array {
        return own;
    }
    own.sort_by_key(|finding| std::cmp::Reverse((finding.subject, finding.confidence)));
    match own.as_slice() {
        [best, next, ..] if best.confidence == next.confidence && best.value != next.value => Vec::new(),
        [best, ..] => vec![best],
        [] => Vec::new(),
    }
}

fn spec(name: &str) -> FieldSpec {
    let format = match name {
        "price" => Some(FieldFormat::Decimal),
        "currency" => Some(FieldFormat::Currency),
        "availability" => Some(FieldFormat::Availability),
        "gtin" => Some(FieldFormat::Gtin),
        "tel" | "fax" => Some(FieldFormat::Telephone),
        "email" => Some(FieldFormat::Email),
        _ => None,
    };
    let aliases: &[&str] = match name {
        "org" => &["organization"],
        "tel" => &["telephone"],
        "state" => &["region"],
        "zipcode" => &["postalCode"],
        _ => &[],
    };
    let array =
        matches!(name, "org" | "tel" | "fax" | "email" | "street" | "city" | "state" | "zipcode" | "country");
    FieldSpec {
        format,
        array,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..FieldSpec::named(name)
    }
}
