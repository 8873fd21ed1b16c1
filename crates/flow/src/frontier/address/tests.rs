use super::*;

fn address(path: &str) -> Address {
    Address::of(&format!("https://shop.example{path}"))
}

#[track_caller]
fn check_prefix(one: &str, other: &str, same: bool) {
    assert_eq!(address(one).prefix == address(other).prefix, same, "{one} {other}");
}

/// Addresses that are variants of one page.
#[track_caller]
fn check_variants(urls: &[&str]) {
    let family = address(urls[0]).variants;
    assert!(family.is_some(), "{} is no variant", urls[0]);
    for url in urls {
        assert_eq!(address(url).variants, family, "{url}");
    }
}

#[track_caller]
fn check_page(url: &str) {
    assert_eq!(address(url).variants, None, "{url} is a page of its own");
}

#[test]
fn pages_below_the_first_two_folders_belong_together() {
    check_prefix("/p/1", "/p/2", true);
    check_prefix("/p/drill", "/p/saw/", true);
    check_prefix("/a/b/c/d", "/a/b/x/y/z", true);
    check_prefix("/a/b/c", "/a/c/c", false);
    check_prefix("/a/1", "/b/1", false);
    assert_ne!(Address::of("https://one.example/p/1").prefix, Address::of("https://two.example/p/1").prefix);
}

#[test]
fn folders_that_carry_numbers_are_told_apart_by_nothing() {
    check_prefix("/x17/y4/1", "/x18/y5/2", true);
    check_prefix("/2024/11/title", "/2025/12/other", true);
    check_prefix("/%C3%BCber/a", "/%C3%A4ber/a", false);
}

#[test]
fn names_below_the_root_have_no_neighbours_but_numbers_and_queries_have() {
    for url in ["/", "/contact", "/impressum.html", "/%C3%BCber-uns"] {
        assert!(!address(url).has_neighbours, "{url}");
    }
    for url in ["/item-123", "/?page=2", "/p/drill", "/?id=7"] {
        assert!(address(url).has_neighbours, "{url}");
    }
    check_prefix("/item-123", "/contact", false);
    check_prefix("/?id=7", "/contact", false);
}

#[test]
fn the_same_path_and_names_of_parameters_make_variants() {
    check_variants(&["/l?color=red&size=3", "/l?size=4&color=blue", "/l?COLOR=&size=&size=5"]);
    check_variants(&["/l?f[0]=a", "/l?f[17]=b"]);
    assert_ne!(address("/l?color=red").variants, address("/l?size=3").variants);
    assert_ne!(address("/l?color=red").variants, address("/m?color=red").variants);
    check_page("/l?utm_source=x&gclid=1");
}

#[test]
fn a_parameter_that_names_the_page_makes_no_variant() {
    check_page("/product.php?id=7");
    check_page("/index.php?route=product/product&product_id=42");
    check_variants(&["/product.php?id=7&color=red", "/product.php?id=8&color=red"]);
    check_prefix("/product.php?id=7", "/product.php?id=8", true);
}

#[test]
fn dates_and_page_numbers_at_the_end_make_variants() {
    check_variants(&[
        "/events/2024-11",
        "/events/2031-02-28",
        "/events/2024-W48",
        "/events/20241128",
        "/events/2024/11",
        "/events/2024/11/28/",
    ]);
    check_variants(&["/cal/month-2024-11", "/cal/month-2024-12.html", "/cal/2025-01"]);
    check_variants(&["/blog/page/2", "/blog/page/7000/"]);
    check_variants(&["/list/seite-2.html", "/list/seite-3.html"]);
    for url in [
        "/p/2004",
        "/p/1",
        "/2024/11/28/a-title",
        "/p/19791999",
        "/p/drill-18",
        "/p/2024-model",
        "/blog/page/about",
    ] {
        check_page(url);
    }
}

#[test]
fn sessions_and_tracking_name_no_other_page() {
    let plain = address("/p/1?x=1");
    assert!(!plain.noisy);
    for url in ["/p/1;jsessionid=AB12?x=1", "/p/1?x=1&utm_source=a", "/p/1?PHPSESSID=3&x=1"] {
        assert_eq!(address(url), Address { noisy: true, ..plain.clone() }, "{url}");
    }
    assert_ne!(address("/p/2?x=1").page, plain.page);
}

#[track_caller]
fn check_endless(path: &str, expected: bool) {
    assert_eq!(
        is_endless(&format!("https://shop.example{path}"), &FrontierLimits::default()),
        expected,
        "{path}"
    );
}

#[test]
fn overlong_nested_and_circling_addresses_are_endless() {
    check_endless("/a/b/a/b/a/b", true);
    check_endless("/a/b/a/b/", false);
    check_endless("/1/2/3/4/5/6/7/8/9/10/11/12", false);
    check_endless("/1/2/3/4/5/6/7/8/9/10/11/12/13", true);
    check_endless(&format!("/{}", "x".repeat(1_979)), false);
    check_endless(&format!("/{}", "x".repeat(1_980)), true);
    check_endless("/a?b=/c/c/c/c", false);
}

#[test]
fn whatever_is_no_address_is_read_all_the_same() {
    for url in
        ["", "?", "://", "a", "https://", "https://h?%", "%", "https://h/%/%e/%%%1", "https://h/é%é1/?é=é"]
    {
        let address = Address::of(url);
        assert_eq!(Address::of(url), address);
        is_endless(url, &FrontierLimits::default());
    }
}
