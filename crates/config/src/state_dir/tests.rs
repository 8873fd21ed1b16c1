use std::path::Path;

use crate::{Config, Variables};

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_is_configured_comes_first() {
    let mut config = Config::default();
    config.state.dir = Some("/var/lib/x".into());
    let dir = config.state_dir(&variables(&[("HOME", "/home/u")])).expect("known");
    assert_eq!(dir, Path::new("/var/lib/x"));
}

#[cfg(target_os = "linux")]
#[test]
fn else_it_is_the_users_data_directory() {
    let config = Config::default();
    let dir = |pairs: &[(&str, &str)]| config.state_dir(&variables(pairs));
    assert_eq!(dir(&[("HOME", "/home/u")]).expect("known"), Path::new("/home/u/.local/share/gleaner"));
    let both = [("HOME", "/home/u"), ("XDG_DATA_HOME", "/data")];
    assert_eq!(dir(&both).expect("known"), Path::new("/data/gleaner"));
    // relative ones are to be ignored, as the XDG specification says
    let relative = [("HOME", "/home/u"), ("XDG_DATA_HOME", "data")];
    assert_eq!(dir(&relative).expect("known"), Path::new("/home/u/.local/share/gleaner"));
    let error = dir(&[]).expect_err("unknown").to_string();
    assert!(error.contains("pass --state DIR"), "{error}");
}
