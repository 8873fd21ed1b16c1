use super::*;

fn check(reason: &StopReason, text: &str) {
    assert_eq!(reason.to_string(), text);
    assert_eq!(text.parse::<StopReason>().as_ref(), Ok(reason));
    let json = serde_json::to_string(reason).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<StopReason>(&json).unwrap(), *reason);
}

#[test]
fn a_stop_reason_is_read_from_the_text_that_it_writes() {
    check(&StopReason::FieldsResolved, "fields_resolved");
    check(&StopReason::FrontierExhausted, "frontier_exhausted");
    check(&StopReason::NoPageRead, "no_page_read");
    check(&StopReason::NoSeed, "no_seed");
    check(&StopReason::Cancelled, "cancelled");
    for counter in Counter::KNOWN {
        check(&StopReason::Budget(counter.clone()), &format!("budget.{counter}"));
        check(&StopReason::Total(counter.clone()), &format!("total.{counter}"));
    }
}

#[test]
fn other_texts_are_no_stop_reason() {
    for text in ["", "done", "budget", "budget.", "budget.luck", "total.", "urls", "spend.urls", "no_seed "] {
        let error = text.parse::<StopReason>().unwrap_err();
        assert_eq!(error, format!("`{text}` is not a stop reason"));
        assert!(serde_json::from_value::<StopReason>(text.into()).is_err());
    }
}
