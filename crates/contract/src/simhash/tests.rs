use super::*;

#[test]
fn a_likeness_is_written_as_sixteen_digits_and_read_again() {
    for (bits, text) in [(0, "0000000000000000"), (0xab, "00000000000000ab"), (u64::MAX, "ffffffffffffffff")]
    {
        let hash = SimHash::from_bits(bits);
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse::<SimHash>(), Ok(hash));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<SimHash>(&format!("\"{text}\"")).unwrap(), hash);
    }
}

#[test]
fn what_is_no_likeness_is_refused() {
    for text in ["", "ab", "00000000000000AB", "+0000000000000ab", "000000000000000ab", "é00000000000000"] {
        assert!(text.parse::<SimHash>().is_err(), "{text}");
    }
    assert!("x".repeat(10_000).parse::<SimHash>().unwrap_err().to_string().len() < 150);
}

#[test]
fn distance_counts_the_bits_that_differ() {
    let distance = |one, other| SimHash::from_bits(one).distance(SimHash::from_bits(other));
    assert_eq!((distance(0b1011, 0b1011), distance(0b1011, 0b0001), distance(0, u64::MAX)), (0, 2, 64));
}
