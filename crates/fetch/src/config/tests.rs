use super::*;

#[test]
fn durations_are_text_with_units() {
    let config: FetchConfig = toml::from_str("total_timeout = '1m 30s'\nconnect_timeout = '250ms'").unwrap();
    assert_eq!(config.total_timeout, Duration::from_secs(90));
    assert_eq!(config.connect_timeout, Duration::from_millis(250));
    for wrong in ["'-1s'", "30", "'soon'"] {
        assert!(toml::from_str::<FetchConfig>(&format!("total_timeout = {wrong}")).is_err(), "{wrong}");
    }
}

#[test]
fn unknown_keys_are_errors() {
    assert!(toml::from_str::<FetchConfig>("max_bodies = 3").is_err());
    assert!(toml::from_str::<EgressConfig>("allow = []").is_err());
}

#[test]
fn rules_of_one_purpose_are_not_anothers() {
    let config: EgressConfig = toml::from_str("crawl_allow = ['127.0.0.1/32:8080']").unwrap();
    assert_eq!(config.rules(Purpose::Crawl).len(), 1);
    for other in [Purpose::Model, Purpose::Search, Purpose::Webhook] {
        assert!(config.rules(other).is_empty());
    }
}

#[test]
fn product_token_is_the_user_agent_without_its_version() {
    assert_eq!(FetchConfig::default().product_token(), "gleaner");
    let named = FetchConfig { user_agent: "Price-Bot".into(), ..FetchConfig::default() };
    assert_eq!(named.product_token(), "Price-Bot");
}
