use gleaner_contract::{FieldFormat, FieldMode, FieldSpec, Subject, SubjectMatch};
use proptest::prelude::*;

use super::fixture::{about, article, company, html, list, number, page, product};

const DRILL: &str = r#"{"@context":"https://schema.org","@type":"Product","name":"Acme Drill 18V","sku":"AD-18","mpn":"ACM-18-V2","gtin13":"4006381333931",
 "brand":{"@type":"Brand","name":"Acme"},"image":"/img/drill.jpg",
 "offers":{"@type":"Offer","price":"129.00","priceCurrency":"EUR","availability":"https://schema.org/InStock"}}"#;

fn named(name: &str, known: &[(&str, &str)]) -> Subject {
    Subject {
        name: Some(name.to_owned()),
        known: known.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..Subject::default()
    }
}

#[test]
fn a_product_is_read_from_its_structured_data() {
    let read = page(&html("Acme Drill 18V", &[DRILL], "<h1>Acme Drill 18V</h1><p>129,00 €</p>"), &product());
    for (field, value) in [
        ("name", "Acme Drill 18V"),
        ("sku", "AD-18"),
        ("mpn", "ACM-18-V2"),
        ("gtin", "4006381333931"),
        ("brand", "Acme"),
        ("price", "129.00"),
        ("currency", "EUR"),
        ("availability", "InStock"),
        ("image", "https://shop.example/img/drill.jpg"),
    ] {
        read.check(field, value);
    }
    assert_eq!(read.unit("price"), Some("EUR"));
    assert_eq!(read.quote("image"), Some("/img/drill.jpg"));
}

#[test]
fn a_page_with_one_main_product_says_what_it_is_about() {
    let read = page(&html("Acme Drill 18V", &[DRILL], "<h1>Acme Drill 18V</h1>"), &product());
    let main = read.0.main_entity.expect("one product is described");
    assert_eq!(main.name.as_deref(), Some("Acme Drill 18V"));
    assert_eq!(main.known.get("sku").map(String::as_str), Some("AD-18"));
    assert_eq!(main.known.get("gtin").map(String::as_str), Some("4006381333931"));
    let two =
        r#"[{"@type":"Product","name":"Saw","sku":"S-1"},{"@type":"Product","name":"Drill","sku":"D-1"}]"#;
    let listing = page(&html("Shop", &[two], "<p>Welcome to all of our tools.</p>"), &product());
    assert_eq!(listing.0.main_entity, None, "of several, none is the main one");
    let told = about(
        &html("Acme Drill 18V", &[DRILL], ""),
        &product(),
        named("Acme Drill 18V", &[("sku", "AD-18")]),
    );
    assert_eq!(told.0.main_entity, None, "a target that names its subject need not be told");
}

#[test]
fn a_page_without_structured_data_is_about_the_heading_that_its_title_repeats() {
    let told = |title: &str, body: &str| {
        let read = page(&html(title, &[], body), &product());
        read.0.main_entity.and_then(|main| main.name)
    };
    let body = "<h1>Acme Drill 18V</h1><div>€199.00</div><a href=/r1>Bosch Saw 500</a>";
    assert_eq!(told("Acme Drill 18V | Shop", body).as_deref(), Some("Acme Drill 18V"));
    assert_eq!(told("Welcome", body), None, "title and heading speak of different things");
    assert_eq!(
        told("About us | Shop", "<h1>About us</h1><p>We sell tools.</p>"),
        None,
        "no sign of a product"
    );
    let dated = "<h1>Mills grind</h1><dl><dt>Published</dt><dd>2026-11-22</dd></dl><p>They do.</p>";
    let read = page(&html("Mills grind - The Daily", &[], dated), &article());
    assert_eq!(read.0.main_entity.and_then(|main| main.name).as_deref(), Some("Mills grind"));
}

#[test]
fn a_brand_over_the_page_is_not_the_products_name() {
    let read = page(&html("Acme Cordless Drill 18V | Shop", &[], "<h1>Acme</h1><p>€199.00</p>"), &product());
    read.check_none("name");
    assert_eq!(read.0.main_entity, None);
    page(&html("Chinos | Shop", &[], "<h1>Chinos</h1>"), &product()).check("name", "Chinos");
}

#[test]
fn an_accessory_is_not_the_named_product_whoever_says_so() {
    let battery = |name: &str| {
        format!(
            r#"{{"@type":"Product","name":"{name}","sku":"BAT-1","gtin13":"4006381333931","brand":"PowerCell","offers":{{"price":"39.00","priceCurrency":"EUR"}}}}"#
        )
    };
    let name = "Battery for Acme Drill 18V";
    let own_page = html(
        "Battery for Acme Drill 18V | Shop",
        &[&battery(name)],
        &format!("<h1>{name}</h1><div>€39.00</div>"),
    );
    let read = about(&own_page, &product(), named("Acme Drill 18V", &[]));
    assert!(
        read.0.findings.iter().all(|finding| finding.subject < SubjectMatch::Likely),
        "{:#?}",
        read.0.findings
    );
    let beside = html(
        "Acme Drill 18V | Shop",
        &[&battery("Acme Drill 18V Battery")],
        "<h1>Acme Drill 18V</h1><div>€199.00</div>",
    );
    let read = about(&beside, &product(), named("Acme Drill 18V", &[]));
    read.check("price", "199.00");
    let about_it = |field: &str| {
        read.0
            .findings
            .iter()
            .any(|finding| finding.field == field && finding.subject >= SubjectMatch::Likely)
    };
    assert!(!about_it("sku") && !about_it("gtin") && !about_it("brand"), "{:#?}", read.0.findings);
    let variant = html(
        "Acme Drill 18V | Shop",
        &[&battery("PowerCell Acme Drill 18V blue")],
        "<h1>Acme Drill 18V</h1>",
    );
    about(&variant, &product(), named("Acme Drill 18V", &[])).check("sku", "BAT-1");
}

#[test]
fn a_title_that_ends_in_the_name_does_not_make_a_linked_page_the_products() {
    let linked = || Subject { linked: true, ..named("Acme Drill 18V", &[]) };
    let page = |heading: &str| {
        html(
            &format!("{heading} | Acme Drill 18V | Shop"),
            &[],
            &format!("<h1>{heading}</h1><p>SKU: B-12</p>"),
        )
    };
    assert!(about(&page("Power bank"), &product(), linked()).0.subject < SubjectMatch::Likely);
    assert!(about(&page("Technical data"), &product(), linked()).0.subject >= SubjectMatch::Likely);
}

#[test]
fn a_product_page_that_a_link_led_to_ranks_below_what_the_target_named() {
    let linked = Subject { linked: true, ..Subject::default() };
    let read =
        about(&html("Acme Drill 18V", &[DRILL], "<h1>Acme Drill 18V</h1>"), &product(), linked.clone());
    assert!(!read.0.findings.is_empty());
    assert!(read.0.findings.iter().all(|finding| finding.subject == SubjectMatch::Unknown));
    let body = "<h1>Acme Tools</h1><p>Tel: +49 40 5550123</p>";
    let own = about(&html("Contact", &[], body), &company(), linked);
    assert!(
        own.0.findings.iter().any(|finding| finding.subject == SubjectMatch::Likely),
        "a company's own page"
    );
}

#[test]
fn values_of_related_products_are_never_taken() {
    let related = r#"{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"Product","name":"Other Saw","sku":"OS-1","brand":"Other","offers":{"@type":"Offer","price":"5.00","priceCurrency":"EUR"}}}]}"#;
    let main = r#"{"@type":"Product","name":"Acme Drill 18V","isRelatedTo":{"@type":"Product","name":"Bit Set","sku":"BS-9","mpn":"BIT-77","gtin13":"4006381333931"},"sku":"AD-18"}"#;
    let body = "<h1>Acme Drill 18V</h1><p>129,00 €</p><h2>Related products</h2><div>Bit Set<br>9,99 €<br>SKU: BS-9<br>Brand: Bits</div>";
    let read = page(&html("Acme Drill 18V", &[related, main], body), &product());
    read.check("sku", "AD-18");
    read.check("price", "129.00");
    for field in ["mpn", "gtin", "brand"] {
        read.check_none(field);
    }
    assert!(read.0.findings.iter().all(|finding| {
        !["5.00", "9.99", "BS-9", "OS-1"].contains(&finding.value.as_str().unwrap_or_default())
    }));
}

#[test]
fn of_several_products_the_one_at_the_pages_address_is_meant() {
    let products = r#"[{"@type":"Product","name":"Saw","url":"/saw","sku":"S-1"},{"@type":"Product","name":"Drill","url":"/drill-18v","sku":"D-1"}]"#;
    page(&html("Shop", &[products], "<p>Welcome to all of our tools.</p>"), &product()).check("sku", "D-1");
}

#[test]
fn a_listing_gives_no_product() {
    let products = r#"[{"@type":"Product","name":"Saw","sku":"S-1","offers":{"price":"1.00"}},{"@type":"Product","name":"Drill","sku":"D-1","offers":{"price":"2.00"}}]"#;
    let read = page(&html("All tools", &[products], "<h1>All tools</h1><p>Saw</p><p>Drill</p>"), &product());
    read.check_none("sku");
    read.check_none("price");
}

#[test]
fn the_offer_of_the_shown_variant_counts() {
    let group = r#"{"@type":"Product","name":"Drill","sku":"D-2","offers":[{"@type":"Offer","sku":"D-1","price":"99.00"},{"@type":"Offer","sku":"D-2","price":"149.00"}]}"#;
    page(&html("Drill", &[group], "<h1>Drill</h1>"), &product()).check("price", "149.00");
}

#[test]
fn the_price_that_counts_stands_beside_the_old_one() {
    let body = "<h1>Acme Drill 18V</h1><div>Was £150.00</div><div>Now £119.00</div><div>Save £31.00</div>";
    page(&html("Acme Drill 18V", &[], body), &product()).check("price", "119.00");
    let unlabelled = "<h1>Acme Drill 18V</h1><div><del>£150.00</del> <b>£119.00</b></div>";
    page(&html("Acme Drill 18V", &[], unlabelled), &product()).check("price", "119.00");
}

#[test]
fn shipping_rates_and_prices_per_unit_are_no_price() {
    let body = "<h1>Acme Glue</h1><p>Free delivery over £30.00</p><p>£5.00 shipping</p><p>£9.99</p><p>£19.98 / kg</p><p>or 3 payments of £3.33</p>";
    page(&html("Acme Glue", &[], body), &product()).check("price", "9.99");
    let none = "<h1>Acme Glue</h1><p>Free delivery over £30.00</p><p>£19.98 / kg</p>";
    page(&html("Acme Glue", &[], none), &product()).check_none("price");
}

#[test]
fn a_structured_price_and_another_that_the_page_shows_are_a_conflict() {
    let read = page(&html("Acme Drill 18V", &[DRILL], "<h1>Acme Drill 18V</h1><p>135,00 €</p>"), &product());
    let mut prices = read.all("price");
    prices.sort();
    assert_eq!(prices, ["129.00", "135.00"]);
    read.check_none("price");
    let unsure = "<h1>Acme Drill 18V</h1><p>Was 135,00 €</p>";
    page(&html("Acme Drill 18V", &[DRILL], unsure), &product()).check("price", "129.00");
}

/// The price of a page that says this under its heading.
#[track_caller]
fn check_price(body: &str, expected: Option<&str>) {
    let read = page(&html("Acme Drill 18V", &[], &format!("<h1>Acme Drill 18V</h1>{body}")), &product());
    match expected {
        Some(price) => read.check("price", price),
        None => read.check_none("price"),
    }
}

#[test]
fn an_amount_under_another_label_is_not_the_price() {
    check_price("<div>€199.00</div><div>Case: €49.00</div>", Some("199.00"));
    check_price("<p>Price excl. VAT €100.00</p><p>Price incl. VAT €119.00</p>", Some("119.00"));
    check_price("<p>Price: €100.00</p>", Some("100.00"));
}

#[test]
fn words_behind_an_amount_say_that_it_is_the_old_one() {
    check_price("<p>€299.99 each (Reg)</p><p>€179.99 Sale (Save €120)</p>", Some("179.99"));
    check_price("<p>€59.98</p><p>€29.99 more</p>", Some("59.98"));
}

#[test]
fn what_several_cost_together_is_not_the_price_of_one() {
    check_price("<p>2 for €150.00</p><p>Save €30.00</p><p>Was €120.00 Now €90.00</p>", Some("90.00"));
}

#[test]
fn a_range_of_prices_gives_none() {
    check_price("<p>Price: €90.00 - €120.00</p>", None);
    check_price("<p>90 – 120 €</p>", None);
}

#[test]
fn the_price_of_something_else_on_the_page_is_not_taken() {
    check_price(
        "<p>Sold out</p><p>Price on request</p><h3>Customers bought</h3><div>Acme Bits €9.99</div>",
        None,
    );
    let list = "<h1>Drills</h1><ul><li><a href=/x1>Acme 12V</a> €99.00</li><li><a href=/x2>Acme 18V</a> €199.00</li></ul>";
    let read = page(&html("Drills | Shop", &[], list), &product());
    read.check_none("price");
    assert_eq!(read.0.main_entity, None, "of several, none is the main one");
}

#[test]
fn thousands_in_structured_data_are_not_taken_for_thousandths() {
    let script =
        r#"{"@type":"Product","name":"Acme Drill 18V","offers":{"price":"1.299","priceCurrency":"EUR"}}"#;
    let read =
        page(&html("Acme Drill 18V", &[script], "<h1>Acme Drill 18V</h1><div>1.299,00 €</div>"), &product());
    read.check("price", "1299.00");
    let dinar = script.replace("EUR", "KWD");
    page(&html("Acme Drill 18V", &[&dinar], "<h1>Acme Drill 18V</h1>"), &product()).check("price", "1.299");
}

#[test]
fn labelled_rows_give_numbers_in_the_wanted_unit() {
    let fields = [
        number("weight", Some("kg"), &["Gewicht"]),
        number("battery", Some("h"), &["Akkulaufzeit"]),
        number("teeth", None, &[]),
    ];
    let body = "<h1>Bohrer</h1><table><tr><th>Gewicht</th><td>1400 g</td></tr><tr><th>Teeth</th><td>24</td></tr></table><dl><dt>Akkulaufzeit</dt><dd>90 min</dd></dl>";
    let read = page(&html("Bohrer", &[], body), &fields);
    read.check("weight", "1.4");
    read.check("battery", "1.5");
    read.check("teeth", "24");
    assert_eq!((read.quote("weight"), read.unit("weight")), (Some("1400 g"), Some("kg")));
}

#[test]
fn a_unit_in_the_label_is_part_of_the_quote() {
    let body = "<h1>Drill</h1><table><tr><th>Weight (kg)</th><td>1.4</td></tr></table>";
    let read = page(&html("Drill", &[], body), &[number("weight", Some("g"), &[])]);
    read.check("weight", "1400");
    assert_eq!(read.quote("weight"), Some("Weight (kg) | 1.4"));
}

#[test]
fn a_number_without_its_unit_is_no_value() {
    let body = "<h1>Drill</h1><table><tr><th>Weight</th><td>1.4</td></tr></table>";
    page(&html("Drill", &[], body), &[number("weight", Some("kg"), &[])]).check_none("weight");
}

#[test]
fn a_wrong_check_digit_is_no_gtin() {
    let body = "<h1>Drill</h1><p>EAN: 4006381333932</p>";
    page(&html("Drill", &[], body), &product()).check_none("gtin");
    let right = "<h1>Drill</h1><p>EAN: 4006381333931</p>";
    page(&html("Drill", &[], right), &product()).check("gtin", "4006381333931");
}

#[test]
fn offsets_hold_behind_text_of_any_script() {
    let body = "<p>漢字かな 😀🧰 مرحبا بالعالم</p><h1>مثقاب Acme 18V 漢字</h1><p>السعر: 129,00 € 😀</p><dl><dt>SKU</dt><dd>漢字-18</dd></dl>";
    let script =
        r#"{"@type":"Product","description":"漢字 😀 مرحبا","name":"مثقاب Acme 18V 漢字","mpn":"AB-漢1"}"#;
    let read = page(&html("مثقاب Acme 18V 漢字", &[script], body), &product());
    read.check("name", "مثقاب Acme 18V 漢字");
    read.check("price", "129.00");
    read.check("mpn", "AB-漢1");
    read.check("sku", "漢字-18");
}

#[test]
fn a_value_that_is_escaped_in_its_script_is_quoted_from_what_readers_see() {
    let script = r#"{"@type":"Product","name":"Caf\u00e9 Mill \"Uno\""}"#;
    let read = page(&html("Café Mill “Uno”", &[script], "<h1>Café Mill &quot;Uno&quot;</h1>"), &product());
    read.check("name", "Café Mill \"Uno\"");
    assert_eq!(read.quote("name"), Some("Café Mill \"Uno\""));
}

#[test]
fn a_page_about_a_namesake_gives_nothing_about_the_target() {
    let other = DRILL.replace("Acme Drill 18V", "Acme Drill 12V").replace("AD-18", "AD-12");
    let page =
        html("Acme Drill 12V", &[&other], "<h1>Acme Drill 12V</h1><p>129,00 €</p><p>Model no: AD-12</p>");
    let read = about(&page, &product(), named("Acme Drill 18V", &[]));
    assert!(
        read.0.findings.iter().all(|finding| finding.subject < SubjectMatch::Likely),
        "{:#?}",
        read.0.findings
    );
    assert_eq!(read.0.subject, SubjectMatch::Other);
}

#[test]
fn a_known_identifier_makes_the_page_the_targets() {
    let page = html("Bohrmaschine", &[DRILL], "<h1>Bohrmaschine</h1>");
    let read = about(&page, &product(), named("Profi-Bohrer", &[("sku", "ad 18")]));
    assert_eq!(read.0.subject, SubjectMatch::Exact);
    read.check("price", "129.00");
    let gtin = about(&page, &product(), named("Bohrmaschine", &[("gtin", "04006381333931")]));
    assert_eq!(gtin.0.subject, SubjectMatch::Exact);
}

#[test]
fn another_gtin_is_another_product_whatever_its_name() {
    let page = html("Acme Drill 18V", &[DRILL], "<h1>Acme Drill 18V</h1><p>129,00 €</p>");
    let read = about(&page, &product(), named("Acme Drill 18V", &[("gtin", "5901234123457")]));
    assert_eq!(read.0.subject, SubjectMatch::Other);
    assert!(read.0.findings.iter().all(|finding| finding.subject == SubjectMatch::Other));
}

#[test]
fn reviewers_and_publishers_are_neither_brand_nor_author() {
    let product_with_review = r#"{"@type":"Product","name":"Mill","review":{"@type":"Review","author":{"@type":"Person","name":"Jo Roe"},"publisher":{"@type":"Organization","name":"Reviews Inc"}}}"#;
    page(&html("Mill", &[product_with_review], "<h1>Mill</h1>"), &product()).check_none("brand");
    let story = r#"{"@type":"NewsArticle","headline":"Mills grind","author":[{"@type":"Person","name":"Ann Poe"},{"@type":"Person","name":"Bo Lee"}],"publisher":{"@type":"Organization","name":"The Daily"},"datePublished":"2026-11-22T10:00:00Z","inLanguage":"en"}"#;
    let read = page(&html("Mills grind", &[story], "<h1>Mills grind</h1>"), &article());
    assert_eq!(read.all("authors"), ["Ann Poe", "Bo Lee"]);
    read.check("published", "2026-11-22T10:00:00Z");
    read.check("headline", "Mills grind");
}

const OFFICES: &str = "<h1>Contact</h1><footer><p>Acme Tools GmbH</p><p>1720 Kirkwood Drive<br>Fort Collins, CO 80525<br>Phone: 970-221-5900<br>Fax: 970-221-5972</p>
 <p>730 West Market Street<br>Akron, OH 44303<br>Tel. 330-762-4011</p><p>info@acme.example 😀</p><p>© 2026 Acme Tools GmbH</p></footer>";

#[test]
fn a_list_collects_every_office() {
    let fields = [
        list("telephone", Some(FieldFormat::Telephone)),
        list("fax", Some(FieldFormat::Telephone)),
        list("street", None),
        list("city", None),
        list("region", None),
        list("postalCode", None),
    ];
    let read = page(&html("Contact", &[], OFFICES), &fields);
    assert_eq!(read.all("telephone"), ["970-221-5900", "330-762-4011"]);
    assert_eq!(read.all("fax"), ["970-221-5972"]);
    assert_eq!(read.all("street"), ["1720 Kirkwood Drive", "730 West Market Street"]);
    assert_eq!(read.all("city"), ["Fort Collins", "Akron"]);
    assert_eq!(read.all("region"), ["CO", "OH"]);
    assert_eq!(read.all("postalCode"), ["80525", "44303"]);
}

#[test]
fn of_several_offices_a_scalar_takes_the_first() {
    let read = page(&html("Contact", &[], OFFICES), &company());
    read.check("telephone", "970-221-5900");
    read.check("city", "Fort Collins");
    read.check("email", "info@acme.example");
}

#[test]
fn a_directory_of_others_is_not_about_a_named_company() {
    let page = html("Brown Bakery - City Guide", &[], "<h1>Brown Bakery</h1><p>Phone: 970-221-5900</p>");
    let read = about(&page, &company(), named("Acme Tools", &[]));
    assert!(
        read.0.findings.iter().all(|finding| finding.subject < SubjectMatch::Likely),
        "{:#?}",
        read.0.findings
    );
}

#[test]
fn a_company_at_its_own_address_is_the_one() {
    let subject = Subject { hosts: vec!["www.shop.example".into()], ..named("Acme Tools", &[]) };
    let read = about(&html("Contact", &[], OFFICES), &company(), subject);
    assert!(read.0.subject >= SubjectMatch::Likely);
    read.check("telephone", "970-221-5900");
}

#[test]
fn fields_that_need_a_model_stay_open() {
    let fields = [
        FieldSpec { mode: FieldMode::Composed, ..FieldSpec::named("description") },
        FieldSpec {
            mode: FieldMode::Classified,
            labels: vec!["tool".into()],
            ..FieldSpec::named("category")
        },
    ];
    let script = r#"{"@type":"Product","name":"Drill","description":"A drill","category":"tool"}"#;
    assert!(page(&html("Drill", &[script], "<h1>Drill</h1>"), &fields).0.findings.is_empty());
}

#[test]
fn a_wall_says_nothing() {
    let read =
        page(&html("Just a moment...", &[], "<h1>Just a moment...</h1><p>Call 970-221-5900</p>"), &company());
    assert!(read.0.findings.is_empty());
    assert_eq!(read.0.subject, SubjectMatch::Unknown);
}

#[test]
fn a_dollar_is_no_currency_until_the_country_is_known() {
    let page = html("Drill", &[], "<h1>Drill</h1><p>$129.00</p>");
    super::fixture::page(&page, &product()).check_none("currency");
    let subject = Subject { country: Some("AU".parse().expect("a country")), ..Subject::default() };
    let read = about(&page, &product(), subject);
    read.check("currency", "AUD");
    assert_eq!(read.unit("price"), Some("AUD"));
}

#[test]
fn stock_is_read_near_the_heading_and_not_of_services() {
    let sold_out = "<h1>Drill</h1><p>£9.00</p><p>Currently out of stock</p>";
    page(&html("Drill", &[], sold_out), &product()).check("availability", "OutOfStock");
    let service =
        "<h1>Drill</h1><p>£9.00</p><button>Add to cart</button><p>Gift wrap: not available for this item</p>";
    page(&html("Drill", &[], service), &product()).check("availability", "InStock");
}

proptest! {
    /// Every reading is checked for its quotes where it is made.
    #[test]
    fn whatever_a_page_says_each_quote_stands_at_its_place(pieces in prop::collection::vec(prop::sample::select(vec![
        "<h1>Acme Drill 😀</h1>", "<p>$1,2 99.00</p>", "<p>Was 5 € now 4 €</p>", "<p>Tel: +49 30 1234567</p>", "<td>SKU", "<tr><th>SKU<td>漢-1", "© 2026 Acme GmbH",
        "<script type='application/ld+json'>{\"@type\":\"Product\",\"name\":\"x\\u00e9\",\"offers\":[{\"price\":1},{\"price\":", "}]}</script>", "<p>12345 مدينة, OH 44303</p>",
        "<div itemscope itemtype='http://schema.org/Product'><span itemprop=name>A &amp; B</span><meta itemprop=price content='1,299.00'>", "</div>", "\u{200b}\u{a0}", "<p>info@acme.example", "730 West Market Street<br>",
    ]), 0..14)) {
        let body: String = pieces.concat();
        let page = html("Acme Drill", &[], &format!("<p>start</p>{body}"));
        super::fixture::page(&page, &product());
        super::fixture::page(&page, &company());
    }
}

#[test]
fn a_price_in_a_sign_of_other_currencies_is_not_given_the_targets() {
    let subject = || Subject { currency: Some("EUR".parse().expect("a code")), ..Subject::default() };
    let read = about(&html("Drill", &[], "<h1>Drill</h1><p>$129.00</p>"), &product(), subject());
    read.check("price", "129.00");
    assert_eq!(read.unit("price"), None);
    let read = about(&html("Drill", &[], "<h1>Drill</h1><p>129,00 €</p>"), &product(), subject());
    assert_eq!(read.unit("price"), Some("EUR"));
}

/// What a row of a table says of a field in kilograms, centimetres or minutes.
#[track_caller]
fn check_row(lang: &str, label: &str, cell: &str, unit: &str, expected: Option<&str>) {
    let body = format!("<h1>Acme Box</h1><table><tr><th>{label}</th><td>{cell}</td></tr></table>");
    let page = html("Acme Box", &[], &body).replace("<html lang=en>", &format!("<html lang={lang}>"));
    let read = about(&page, &[number(label, Some(unit), &[])], Subject::default());
    match expected {
        Some(value) => read.check(label, value),
        None => read.check_none(label),
    }
}

#[test]
fn quantities_in_two_units_are_read_whole() {
    check_row("en", "weight", "3 lb 4 oz", "oz", Some("52"));
    check_row("en", "height", "5 ft 10 in", "cm", Some("177.8"));
    check_row("en", "battery", "1 h 30 min", "min", Some("90"));
}

#[test]
fn a_bound_is_no_value() {
    for cell in [
        "&lt; 5 cm",
        "&gt; 5 cm",
        "up to 5 cm",
        "bis 5 cm",
        "max. 5 cm",
        "max 5 cm",
        "3 - 5 cm",
        "3 cm to 5 cm",
    ] {
        check_row("en", "width", cell, "cm", None);
    }
    check_row("en", "width", "5 cm", "cm", Some("5"));
    check_row("en", "Max. torque", "62 Nm", "Nm", Some("62"));
}

#[test]
fn a_language_whose_countries_agree_decides_the_decimal_mark() {
    let shop = |lang: &str| {
        let body = "<h1>Acme Box</h1><table><tr><th>Weight</th><td>1.400 g</td></tr></table>";
        let page = html("Acme Box", &[], body).replace("<html lang=en>", &format!("<html lang={lang}>"));
        about(&page, &[number("weight", Some("kg"), &[])], Subject::default())
    };
    shop("de").check("weight", "1.4");
    shop("en").check("weight", "0.0014");
    shop("es").check_none("weight");
}

#[test]
fn depth_and_length_are_two_things() {
    let body = "<h1>Acme Box</h1><table><tr><th>Length</th><td>30 cm</td></tr><tr><th>Depth</th><td>5 cm</td></tr></table>";
    let fields = [number("length", Some("cm"), &[]), number("depth", Some("cm"), &[])];
    let read = page(&html("Acme Box", &[], body), &fields);
    read.check("length", "30");
    read.check("depth", "5");
}
