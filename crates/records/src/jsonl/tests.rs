use gleaner_contract::Record;

use super::{LineError, MAX_LINE, read, write};
use crate::testing::Shop;

#[test]
fn records_are_read_as_they_were_written() {
    let record = Shop::new().record;
    let records = [record.clone(), record];
    let mut out = Vec::new();
    write(&records, &mut out).expect("memory is writable");
    assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 2);
    let read: Result<Vec<Record>, _> = read(out.as_slice()).collect();
    assert_eq!(read.expect("records"), records);
}

#[test]
fn reading_goes_on_after_a_line_of_another_form() {
    let lines: Vec<Result<u32, _>> = read(&b"1\n\n  \nx\n\xff\n4"[..]).collect();
    assert!(matches!(lines[0], Ok(1)));
    assert!(matches!(lines[1], Err(LineError::Form { line: 4, .. })));
    assert!(matches!(lines[2], Err(LineError::Form { line: 5, .. })));
    assert!(matches!(lines[3], Ok(4)));
    assert_eq!(lines.len(), 4);
    let told = lines[1].as_ref().expect_err("no number").to_string();
    assert_eq!(told, "line 4 cannot be used: expected value at column 1");
}

#[test]
fn reading_ends_at_a_line_without_an_end() {
    let lines: Vec<Result<u32, _>> = read(std::io::BufReader::new(std::io::repeat(b'1'))).collect();
    assert!(matches!(lines.as_slice(), [Err(LineError::TooLong { line: 1 })]), "{MAX_LINE} bytes at most");
}
