use super::*;

fn check(error: impl std::error::Error + Send + Sync + 'static, code: u8, hint: &str) {
    let error = anyhow::Error::from(error).context("the run could not begin");
    assert_eq!(format!("{:?}", code_of(&error)), format!("{:?}", ExitCode::from(code)), "{error:#}");
    assert!(hint_of(&error).unwrap_or_default().contains(hint), "{error:#}");
}

#[test]
fn what_the_user_can_mend_exits_as_bad_input_and_says_how() {
    check(OpenError::Newer { file: "truth.sqlite".into() }, 2, "--state DIR");
    check(StateDirError::Held { dir: "state".into(), by: String::new() }, 2, "--state DIR");
    check(StateDirError::Io { dir: "state".into(), source: std::io::Error::other("full") }, 2, "");
    check(std::io::Error::other("full"), 1, "");
}

#[test]
fn bad_input_says_why_down_to_the_last_cause() {
    let error = gleaner_fetch::canon::canonical("no such").expect_err("no URL");
    let shown = BadInput::because("`no such`", error).hint("write it in full").to_string();
    assert_eq!(shown, "`no such`: not a URL: relative URL without a base\nhint: write it in full");
}
