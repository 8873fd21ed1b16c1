use super::*;
use crate::wire;

#[test]
fn every_confidence_survives_json_and_messagepack() {
    for hundredths in 0..=100 {
        let confidence = Confidence::hundredths(hundredths);
        assert_eq!(confidence.as_hundredths(), hundredths);
        let json = serde_json::to_string(&confidence).unwrap();
        assert!(json.len() <= 4, "{json}");
        assert_eq!(serde_json::from_str::<Confidence>(&json).unwrap(), confidence);
        assert_eq!(wire::decode::<Confidence>(&wire::encode(&confidence).unwrap()).unwrap(), confidence);
    }
}

#[test]
fn a_confidence_lies_between_0_and_1() {
    assert_eq!(Confidence::hundredths(101), Confidence::hundredths(100));
    assert_eq!(Confidence::hundredths(255), Confidence::hundredths(100));
    assert_eq!(serde_json::from_str::<Confidence>("1").unwrap(), Confidence::hundredths(100));
    assert_eq!(serde_json::from_str::<Confidence>("0.974").unwrap(), Confidence::hundredths(97));
    for json in ["-0.01", "1.01", "97", "\"0.97\"", "null"] {
        assert!(serde_json::from_str::<Confidence>(json).is_err(), "{json}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(wire::decode::<Confidence>(&wire::encode(&number).unwrap()).is_err(), "{number}");
    }
}

#[test]
fn tiers_sort_cheapest_first_and_matches_worst_first() {
    assert!([Tier::Rules, Tier::Low, Tier::High, Tier::Deep].is_sorted());
    let matches = [SubjectMatch::Other, SubjectMatch::Unknown, SubjectMatch::Likely, SubjectMatch::Exact];
    assert!(matches.is_sorted());
    assert_eq!(SubjectMatch::default(), SubjectMatch::Unknown);
}

#[test]
fn evidence_without_a_kind_is_a_quote_and_another_kind_is_refused() {
    let json = r#"{"quote":"129,00 €","url":"https://shop.example/42",
        "capture":"blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "layer":"visible","start":812,"end":820,"fetchedAt":"2026-11-22T10:00:00Z"}"#;
    let evidence: Evidence = serde_json::from_str(json).unwrap();
    assert_eq!(evidence.kind, EvidenceKind::Quote);
    let other = json.replacen('{', r#"{"kind":"hearsay","#, 1);
    assert!(serde_json::from_str::<Evidence>(&other).is_err());
}
