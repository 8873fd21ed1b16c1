//! `gleaner verify`: no network, no model, no trust in the record.

use std::{
    fs::File,
    io::{BufReader, Write as _},
};

use gleaner_records::{
    printable,
    verify::{self, Unusable},
};

use crate::{
    args::VerifyArgs,
    exit::{BadInput, Outcome},
    out::{note, out},
};

pub(super) fn verify(args: &VerifyArgs) -> anyhow::Result<Outcome> {
    let shown = args.records.display();
    let file = File::open(&args.records)
        .map_err(|error| BadInput::because(format_args!("could not read `{shown}`"), error))?;
    let report = verify::verify_lines(BufReader::new(file), &args.bundle).map_err(|error| match error {
        Unusable::Records(error) => BadInput::because(format_args!("`{shown}`"), error),
        Unusable::Bundle(error) => {
            BadInput::because(format_args!("`{}` is no bundle", args.bundle.display()), error)
                .hint("--bundle names the directory with index.jsonl, such as results/sources")
        }
    })?;
    let mut out = out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        for failure in &report.failures {
            // records are others' writing, down to their ids
            let line = format!("{} {}: {}", failure.id, failure.field, failure.what);
            writeln!(out, "{}", printable(line.trim_start_matches([' ', ':'])))?;
        }
        if report.moved > 0 {
            writeln!(
                out,
                "{} quotes came from an older extractor and stand at another place of their page",
                report.moved
            )?;
        }
        writeln!(
            out,
            "{} records, {} values, {} quotes: {} failed",
            report.records,
            report.values,
            report.quotes,
            report.failures.len()
        )?;
    }
    out.flush()?;
    if report.records == 0 && report.holds() {
        note(format_args!("there is no record in `{shown}`: nothing was checked"));
        return Ok(Outcome::Refused);
    }
    Ok(if report.holds() { Outcome::Completed } else { Outcome::Refused })
}
