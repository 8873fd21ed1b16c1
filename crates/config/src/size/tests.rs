use super::parse;

#[test]
fn sizes_are_read_as_people_write_them() {
    for (written, bytes) in [
        ("512", 512),
        ("64 KiB", 65_536),
        ("10MiB", 10 << 20),
        ("1 gib", 1 << 30),
        ("5 MB", 5_000_000),
        ("7 B", 7),
    ] {
        assert_eq!(parse(written), Some(bytes), "{written:?}");
    }
    for written in ["", "MiB", "-1", "1.5 MiB", "9999999999 GiB", "1 XB"] {
        assert_eq!(parse(written), None, "{written:?}");
    }
}
