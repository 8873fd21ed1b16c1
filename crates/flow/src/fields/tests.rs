use gleaner_contract::{ContentHash, Evidence, EvidenceKind, Layer, Tier, Timestamp};
use serde_json::json;

use super::*;

fn finding(value: Value, confidence: u8, subject: SubjectMatch, start: u32) -> Finding {
    Finding {
        field: "f".into(),
        value,
        unit: None,
        tier: Tier::Rules,
        confidence: Confidence::hundredths(confidence),
        subject,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: "q".into(),
            url: "https://a.example/".into(),
            capture: ContentHash::of(b"page"),
            layer: Layer::Visible,
            block: None,
            page: None,
            start,
            end: start + 1,
            fetched_at: Timestamp::default(),
        },
    }
}

fn fields(spec: &FieldSpec, findings: &[Finding]) -> Fields {
    let mut fields = Fields::default();
    fields.add(std::slice::from_ref(spec), findings);
    fields
}

fn check(findings: &[Finding], named: bool, state: FieldState, value: Option<Value>) {
    let spec = FieldSpec::named("f");
    let fields = fields(&spec, findings);
    let verdict = fields.verdict(&spec, named);
    assert_eq!(verdict.state, state);
    if let Some(value) = value {
        assert_eq!(verdict.candidates[0].best().value, value);
    }
}

#[test]
fn the_surer_of_two_values_stands() {
    use SubjectMatch::Likely;
    let findings = [finding(json!("a"), 80, Likely, 0), finding(json!("b"), 95, Likely, 9)];
    check(&findings, false, FieldState::Supported, Some(json!("b")));
}

#[test]
fn equally_good_values_that_differ_are_a_conflict() {
    use SubjectMatch::Likely;
    let findings = [finding(json!("129.00"), 90, Likely, 0), finding(json!("139.00"), 90, Likely, 9)];
    check(&findings, false, FieldState::Conflict, None);
}

#[test]
fn the_same_value_in_other_writing_is_no_conflict() {
    use SubjectMatch::Likely;
    let findings = [finding(json!("129.0"), 90, Likely, 0), finding(json!("129.00"), 90, Likely, 9)];
    check(&findings, false, FieldState::Supported, Some(json!("129.0")));
    let findings =
        [finding(json!("Acme  Drill"), 90, Likely, 0), finding(json!("ACME drill"), 90, Likely, 9)];
    check(&findings, false, FieldState::Supported, None);
    let findings = [finding(json!("007"), 90, Likely, 0), finding(json!("7"), 90, Likely, 9)];
    check(&findings, false, FieldState::Conflict, None);
}

#[test]
fn a_value_about_something_else_is_never_published() {
    let findings = [finding(json!("a"), 99, SubjectMatch::Other, 0)];
    check(&findings, false, FieldState::OtherSubject, None);
    check(&findings, true, FieldState::OtherSubject, None);
}

#[test]
fn what_may_be_about_something_else_is_never_published_as_the_targets() {
    let findings = [finding(json!("a"), 99, SubjectMatch::Unknown, 0)];
    check(&findings, true, FieldState::Unverified, None);
    check(&findings, false, FieldState::Unverified, None);
    // a list of a target without a subject collects what pages say
    let array = FieldSpec { array: true, ..FieldSpec::named("f") };
    assert_eq!(fields(&array, &findings).verdict(&array, false).state, FieldState::Supported);
    assert_eq!(fields(&array, &findings).verdict(&array, true).state, FieldState::Unverified);
}

#[test]
fn a_value_seen_again_keeps_both_quotes() {
    use SubjectMatch::Likely;
    let spec = FieldSpec::named("f");
    let fields = fields(&spec, &[finding(json!("a"), 80, Likely, 0), finding(json!("a"), 90, Likely, 9)]);
    let verdict = fields.verdict(&spec, false);
    assert_eq!(verdict.candidates[0].findings.len(), 2);
    assert_eq!(verdict.candidates[0].best().confidence, Confidence::hundredths(90));
}

#[test]
fn a_source_that_agrees_but_for_case_or_may_be_about_something_else_lends_no_quote() {
    use SubjectMatch::{Likely, Other, Unknown};
    let spec = FieldSpec::named("f");
    let findings = [
        finding(json!("CORSAIR"), 90, Likely, 0),
        finding(json!("Corsair"), 80, Likely, 9),
        finding(json!("CORSAIR "), 70, Likely, 18),
        finding(json!("CORSAIR"), 99, Other, 27),
        finding(json!("CORSAIR"), 99, Unknown, 36),
    ];
    let fields = fields(&spec, &findings);
    let verdict = fields.verdict(&spec, false);
    let quoted: Vec<u32> = verdict.candidates[0].evidence().map(|evidence| evidence.start).collect();
    assert_eq!(quoted, [0, 18]);
}

#[test]
fn the_order_in_which_pages_came_does_not_show() {
    use SubjectMatch::Likely;
    let array = FieldSpec { array: true, ..FieldSpec::named("f") };
    let mut findings: Vec<Finding> = (0..12_u32)
        .map(|n| {
            let mut finding = finding(json!(format!("v{}", n / 2)), 80, Likely, n);
            finding.evidence.url = format!("https://a.example/{}", n % 5);
            finding
        })
        .collect();
    let forwards = fields(&array, &findings);
    findings.reverse();
    let backwards = fields(&array, &findings);
    // those that disagree stand in the same order too
    let disagree =
        ["b", "c", "a"].map(|value| finding(json!(value), 90, Likely, u32::from(value.as_bytes()[0])));
    let told = |findings: &[Finding]| {
        let spec = FieldSpec::named("f");
        let fields = fields(&spec, findings);
        let verdict = fields.verdict(&spec, false);
        verdict.candidates.iter().map(|candidate| candidate.best().evidence.start).collect::<Vec<_>>()
    };
    let backwards_too: Vec<Finding> = disagree.iter().rev().cloned().collect();
    assert_eq!(told(&disagree), told(&backwards_too));
    let items = |fields: &Fields| {
        let verdict = fields.verdict(&array, false);
        verdict.candidates.into_iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(items(&forwards), items(&backwards));
}

#[test]
fn memory_of_a_field_is_bounded() {
    let spec = FieldSpec::named("f");
    let findings: Vec<Finding> =
        (0..100_u8).map(|n| finding(json!(format!("v{n}")), n, SubjectMatch::Likely, u32::from(n))).collect();
    let fields = fields(&spec, &findings);
    assert_eq!(fields.0["f"].len(), MAX_VALUES);
    assert_eq!(fields.verdict(&spec, false).candidates[0].best().value, json!("v99"));
}

#[test]
fn a_field_that_only_a_model_can_fill_is_skipped_and_holds_nothing_up() {
    let spec = FieldSpec { mode: FieldMode::Composed, ..FieldSpec::named("f") };
    let fields = Fields::default();
    assert_eq!(fields.verdict(&spec, false).reason, Some(FieldReason::NoModel));
    assert!(fields.is_resolved(&spec, false));
}
