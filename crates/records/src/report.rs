//! `report.html`: one page without scripts or anything from elsewhere, each quote highlighted in its place.

use gleaner_contract::{ContentHash, Evidence, FieldState, JobStatus, Record, UrlCounts};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::Url;

use crate::{csv::plain, entries::entries, table::is_bidi, words};

/// Code points and line breaks shown at most on each side of a quote.
const AROUND: usize = 180;
const LINES_AROUND: usize = 2;

const STYLE: &str = include_str!("report.css");

/// Gives the text that an evidence's offsets count in, where its page is at hand.
pub trait Texts {
    fn text(&self, evidence: &Evidence) -> Option<&str>;
}

/// The whole page.
pub fn render(records: &[Record], urls: &UrlCounts, texts: &dyn Texts) -> String {
    let wanted: usize = records.iter().map(|record| record.data.len()).sum();
    let filled: usize =
        records.iter().map(|record| record.data.values().filter(|value| !value.is_null()).count()).sum();
    let nonce = nonce(records);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content={ "default-src 'none'; style-src 'nonce-" (nonce) "'; base-uri 'none'; form-action 'none'" };
                meta name="referrer" content="no-referrer";
                title { "gleaner report" }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body {
                header.top {
                    h1 { "Records and their evidence" }
                    div.tiles {
                        (tile(records.len(), "targets"))
                        @for status in [JobStatus::Completed, JobStatus::Partial, JobStatus::Failed, JobStatus::Cancelled] {
                            @let count = records.iter().filter(|record| record.status == status).count();
                            @if count > 0 { (tile(count, status.as_str())) }
                        }
                        (tile(format!("{filled} of {wanted}"), "fields filled"))
                    }
                    p.equation {
                        (urls.discovered) " urls discovered = " (urls.fetched) " fetched + " (urls.reused) " reused + "
                        (urls.failed) " failed + " (urls.skipped) " skipped"
                    }
                }
                @if records.len() > 1 {
                    nav { @for (index, record) in records.iter().enumerate() {
                        a href={ "#r" (index) } { (clean(&record.id)) } " "
                    } }
                }
                main { @for (index, record) in records.iter().enumerate() { (record_card(index, record, texts)) } }
                footer { "Check every value against the sources again: "
                    code { "gleaner verify records.jsonl --bundle sources" } }
            }
        }
    }
    .into_string()
}

/// Hangs on all that the report shows, so that no page which is shown can know it.
fn nonce(records: &[Record]) -> String {
    let mut shown = Vec::new();
    // writing to memory does not fail; were it to, the nonce would hang on fewer records
    let _ = crate::jsonl::write(records, &mut shown);
    ContentHash::of(&shown).hex()
}

fn tile(number: impl std::fmt::Display, label: &str) -> Markup {
    html! { div.tile { strong { (number) } span { (label) } } }
}

fn record_card(index: usize, record: &Record, texts: &dyn Texts) -> Markup {
    html! {
        article id={ "r" (index) } {
            h2 { (clean(&record.id)) " " span class={ "status " (record.status.as_str()) } { (record.status.as_str()) } }
            p.meta {
                (words::stop_reason(&record.stop_reason)) " · schema " (clean(&record.schema)) " · revision "
                (record.revision) " · " (record.created_at)
            }
            @if !record.changes.is_empty() {
                ul.changes { @for change in &record.changes {
                    li { code { (clean(&change.field)) } " " del { (clean(&plain(&change.from))) } " → "
                        ins { (clean(&plain(&change.to))) } }
                } }
            }
            dl { @for field in record.data.keys() {
                @for entry in entries(record, field) {
                    dt { (clean(field)) }
                    @if entry.record.state == FieldState::Supported {
                        dd {
                            span.value {
                                (clean(&plain(entry.value)))
                                @if let Some(unit) = &entry.record.unit { " " span.unit { (clean(unit)) } }
                            }
                            @if let Some(confidence) = entry.record.confidence {
                                span.confidence title="confidence of the rule" {
                                    (format!("{:.2}", f64::from(confidence.as_hundredths()) / 100.0))
                                }
                            }
                            @for evidence in &entry.record.evidence { (quote(evidence, texts)) }
                        }
                    } @else {
                        dd.missing {
                            span.state { (entry.record.state.as_str()) } " "
                            (words::field_reason(entry.record.state, entry.record.reason))
                            @for evidence in &entry.record.evidence { (quote(evidence, texts)) }
                        }
                    }
                }
            } }
        }
    }
}

fn quote(evidence: &Evidence, texts: &dyn Texts) -> Markup {
    let around = around(evidence, texts);
    let is_in_place = around.is_some();
    let (before, after) = around.unwrap_or_default();
    html! {
        figure {
            blockquote { (clean(&before)) mark { (clean(&evidence.quote)) } (clean(&after)) }
            @if !is_in_place { p.alone { "the page is not at hand, or does not hold the quote at this place" } }
            figcaption {
                (source(&evidence.url)) " · " (format!("{:?}", evidence.layer).to_lowercase())
                @if let Some(block) = evidence.block { " block " (block) }
                " " (evidence.start) "–" (evidence.end) " · " (evidence.fetched_at) " · "
                code title=(evidence.capture) { (evidence.capture.hex().chars().take(12).collect::<String>()) }
            }
        }
    }
}

/// Only http and https become links.
fn source(url: &str) -> Markup {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {
            html! { a href=(parsed.as_str()) rel="noopener noreferrer" { (clean(url)) } }
        }
        _ => html! { (clean(url)) },
    }
}

/// What stands before and after the quote, provided that the quote stands where it is said to.
fn around(evidence: &Evidence, texts: &dyn Texts) -> Option<(String, String)> {
    let text = texts.text(evidence)?;
    let (start, end) = (evidence.start as usize, evidence.end as usize);
    let points = gleaner_evidence::text::CodePoints::new(text);
    if points.slice(start..end)? != evidence.quote {
        return None;
    }
    let from = start.saturating_sub(AROUND);
    let to = (end + AROUND).min(points.len());
    let (before, after) = (points.slice(from..start)?, points.slice(end..to)?);
    let head = before.rmatch_indices('\n').nth(LINES_AROUND).map(|(at, _)| &before[at + 1..]);
    let tail = after.match_indices('\n').nth(LINES_AROUND).map(|(at, _)| &after[..at]);
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    Some((
        format!("{}{}", dots(from > 0 && head.is_none()), head.unwrap_or(before)),
        format!("{}{}", tail.unwrap_or(after), dots(to < points.len() && tail.is_none())),
    ))
}

/// Pages' text as text: escaping is the template's, but control characters and marks that reorder what follows go here.
fn clean(text: &str) -> String {
    text.chars().map(|c| if (c.is_control() && c != '\n') || is_bidi(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
