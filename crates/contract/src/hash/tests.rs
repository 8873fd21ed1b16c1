use super::*;

/// BLAKE3 of no bytes, from the reference implementation's test vectors.
const OF_NOTHING: &str = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

#[test]
fn a_hash_is_written_with_its_algorithm_and_read_again() {
    let hash = ContentHash::of(b"");
    assert_eq!(hash.to_string(), OF_NOTHING);
    assert_eq!(OF_NOTHING.parse::<ContentHash>(), Ok(hash));
    assert_eq!(format!("blake3:{}", hash.hex()), OF_NOTHING);
    assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{OF_NOTHING}\""));
    assert_eq!(serde_json::from_str::<TextHash>(&format!("\"{OF_NOTHING}\"")).unwrap(), TextHash::of(b""));
}

#[test]
fn what_is_no_hash_is_refused() {
    let hex = &OF_NOTHING["blake3:".len()..];
    let refused = [
        String::new(),
        hex.to_owned(),
        format!("sha256:{hex}"),
        format!("BLAKE3:{hex}"),
        format!("blake3:{}", &hex[1..]),
        format!("blake3:{hex}0"),
        format!("blake3: {}", &hex[1..]),
        format!("blake3:g{}", &hex[1..]),
        format!("blake3:é{}", &hex[2..]),
    ];
    for text in refused {
        assert!(text.parse::<ContentHash>().is_err(), "{text}");
        assert!(serde_json::from_value::<ContentHash>(text.into()).is_err());
    }
    assert!("x".repeat(10_000).parse::<ContentHash>().unwrap_err().to_string().len() < 150);
}

#[test]
fn lists_of_parts_do_not_collide_by_concatenation() {
    let parts: [&[&[u8]]; 6] = [&[b"ab"], &[b"a", b"b"], &[b"", b"ab"], &[b"ab", b""], &[], &[b""]];
    for (i, left) in parts.iter().enumerate() {
        for right in &parts[i + 1..] {
            let hashes = [left, right].map(|parts| ContentHash::of_parts(parts.iter().copied()));
            assert_ne!(hashes[0], hashes[1], "{left:?} {right:?}");
        }
    }
}
