//! What a submission leaves: files, sources, the table.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use gleaner_contract::{
    ContentHash, Evidence, EvidencePack, JobId, JobStatus, LedgerKind, LedgerRow, Record, SubmissionId,
    UrlCounts,
};
use gleaner_extractor::{PackLimits, build_pack, layer_text};
use gleaner_records::{bundle, csv, jsonl, ledger, report, table, url_hint};
use url::Url;

use crate::{
    args::{ExportArgs, ExportFormat, Global},
    commands::{run::create_dir, show},
    events,
    exit::{BadInput, Outcome},
    out::out,
    outputs::Outputs,
};

/// The records of a submission with their ledger.
pub(super) struct Results {
    pub(super) records: Vec<Record>,
    ledger: Vec<LedgerRow>,
    urls: UrlCounts,
}

impl Results {
    pub(super) async fn load(outputs: &Outputs, submission: SubmissionId) -> anyhow::Result<Self> {
        let records = outputs.records(submission).await?;
        let mut rows = Vec::new();
        for record in &records {
            rows.extend(outputs.ledger(record.job).await?);
        }
        let urls = ledger::url_counts(&rows);
        if !urls.balances() {
            events::urls_out_of_balance(urls);
        }
        Ok(Self { records, ledger: rows, urls })
    }

    pub(super) fn write_jsonl(&self, out: impl Write) -> anyhow::Result<()> {
        Ok(jsonl::write(&self.records, out)?)
    }

    /// Leaves everything in `dir`; returns what was left.
    pub(super) async fn write_all(&self, outputs: &Outputs, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        let mut file = |name: &str| -> anyhow::Result<BufWriter<File>> {
            let path = dir.join(name);
            let file =
                File::create(&path).with_context(|| format!("could not write `{}`", path.display()))?;
            left.push(path);
            Ok(BufWriter::new(file))
        };
        let mut out = file("records.jsonl")?;
        self.write_jsonl(&mut out)?;
        out.flush()?;
        csv::write(&self.records, file("records.csv")?)?;
        ledger::write_csv(&self.ledger, file("ledger.csv")?)?;
        let sources = dir.join("sources");
        let mut pages = Pages::default();
        write_bundle(outputs, &self.records, &sources, |cited| pages.read(cited)).await?;
        file("report.html")?.write_all(report::render(&self.records, &self.urls, &pages).as_bytes())?;
        left.push(sources);
        Ok(left)
    }

    /// For each target of which no page could be read: the first URL, and what became of it.
    fn why(&self) -> BTreeMap<JobId, String> {
        let mut why = BTreeMap::new();
        for record in self.records.iter().filter(|record| record.status == JobStatus::Failed) {
            let row = self.ledger.iter().find(|row| row.job == record.job && row.kind == LedgerKind::Url);
            let Some(row) = row else { continue };
            let detail = if row.detail.is_empty() { &row.reason } else { &row.detail };
            let hint = row.reason.parse().ok().and_then(url_hint);
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            why.insert(record.job, format!("{} {}: {detail}{hint}", row.subject, row.outcome));
        }
        why
    }

    pub(super) fn table(&self, files: &[PathBuf], colour: bool) -> String {
        let mut next = Vec::new();
        let named = |name: &str| files.iter().find(|path| path.ends_with(name));
        if let (Some(records), Some(sources)) = (named("records.jsonl"), named("sources")) {
            next.push(format!("gleaner verify {} --bundle {}", records.display(), sources.display()));
        }
        if let Some(report) = named("report.html") {
            next.push(format!("open {} in a browser", report.display()));
        }
        if files.is_empty() {
            next.push("--out DIR leaves records, ledger, report and sources".to_owned());
        }
        if let Some(record) =
            self.records.iter().find(|record| record.data.values().any(serde_json::Value::is_null))
        {
            next.push(format!("gleaner ledger {} says what was read, and why a field is null", record.job));
        }
        let footer = table::Footer {
            urls: self.urls,
            files: files.to_vec(),
            why: self.why(),
            next,
            width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        };
        table::render(&self.records, &footer, if colour { table::Paint::Colour } else { table::Paint::Plain })
    }
}

pub(super) async fn export(global: &Global, args: &ExportArgs) -> anyhow::Result<Outcome> {
    let opened = show::open(global).await?;
    let outputs = &opened.outputs;
    let submission = match &args.submission {
        Some(id) => {
            id.parse().map_err(|error| BadInput::new(format!("{error}")).hint("`gleaner jobs` lists them"))?
        }
        None => {
            let newest = outputs.submissions(1).await?.pop();
            newest.ok_or_else(|| BadInput::new("there is no submission yet"))?.id
        }
    };
    outputs.submission(submission).await?;
    if let Some(dir) = &args.bundle {
        create_dir(dir)?;
    }
    let results = Results::load(outputs, submission).await?;
    let mut out = out();
    match args.format {
        ExportFormat::Jsonl => results.write_jsonl(&mut out)?,
        ExportFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &results.records)?;
            writeln!(out)?;
        }
        ExportFormat::Csv => csv::write(&results.records, &mut out)?,
        ExportFormat::Html => {
            let mut pages = Pages::default();
            for_cited(outputs, &results.records, |cited| {
                pages.read(cited);
                Ok(())
            })
            .await?;
            out.write_all(report::render(&results.records, &results.urls, &pages).as_bytes())?;
        }
    }
    out.flush()?;
    if let Some(dir) = &args.bundle {
        write_bundle(outputs, &results.records, dir, |_| ()).await?;
    }
    Ok(Outcome::of(results.records.iter().map(|record| record.status)))
}

/// A page that records cite, as it was read.
struct Cited {
    hash: ContentHash,
    content_type: Option<String>,
    /// What it was read from.
    urls: BTreeSet<String>,
    body: Vec<u8>,
}

/// Hands out each cited page, one after the other: all of them may be more than memory holds.
async fn for_cited(
    outputs: &Outputs,
    records: &[Record],
    mut each: impl FnMut(&Cited) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut citing: HashMap<ContentHash, JobId> = HashMap::new();
    for record in records {
        let evidence = record.fields.values().flat_map(|field| &field.evidence);
        citing.extend(evidence.map(|evidence| (evidence.capture, record.job)));
    }
    for (hash, urls) in bundle::cited(records) {
        let Some(job) = citing.get(&hash) else { continue };
        let Some(page) = outputs.capture(*job, &hash).await? else { continue };
        each(&Cited { hash, content_type: page.content_type, urls, body: page.body })?;
    }
    Ok(())
}

/// Writes the bundle, and lets `also` see each page of it.
async fn write_bundle(
    outputs: &Outputs,
    records: &[Record],
    dir: &Path,
    mut also: impl FnMut(&Cited),
) -> anyhow::Result<()> {
    let context = || format!("could not write the bundle `{}`", dir.display());
    let mut writer = bundle::Writer::open(dir).with_context(context)?;
    for_cited(outputs, records, |page| {
        also(page);
        writer.add(page.hash, page.content_type.as_deref(), &page.urls, &page.body).with_context(context)
    })
    .await?;
    writer.finish().with_context(context)
}

/// The cited pages, read again, for showing quotes in their place.
#[derive(Default)]
struct Pages(HashMap<ContentHash, EvidencePack>);

impl Pages {
    fn read(&mut self, page: &Cited) {
        let Some(url) = page.urls.iter().find_map(|url| Url::parse(url).ok()) else { return };
        if let Ok(pack) = build_pack(&page.body, page.content_type.as_deref(), &url, &PackLimits::default()) {
            self.0.insert(page.hash, pack);
        }
    }
}

impl report::Texts for Pages {
    fn text(&self, evidence: &Evidence) -> Option<&str> {
        layer_text(self.0.get(&evidence.capture)?, evidence.layer, evidence.block)
    }
}
