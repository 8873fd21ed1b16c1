//! `gleaner doctor`: the check-up, printed.

use std::io::Write as _;

use gleaner_fetch::OperatorClient;

use crate::{
    args::{DoctorArgs, Global},
    doctor,
    exit::Outcome,
    out::{note, out},
    settings,
};

pub(super) async fn doctor(global: &Global, args: &DoctorArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let api = settings::deployment(global, &config)?;
    // the first to set up TLS, for the servers' connections as well
    let operator = OperatorClient::new()?;
    let report = Box::pin(doctor::examine(&config, api.as_ref(), &operator)).await;
    let mut out = out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report.json())?)?;
    } else {
        report.write(&mut out)?;
    }
    out.flush()?;
    if !args.json {
        note(report.summary());
    }
    Ok(report.outcome())
}
