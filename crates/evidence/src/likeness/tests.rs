use super::*;

fn text(seed: usize, words: usize) -> String {
    const STOCK: [&str; 12] = [
        "drill", "battery", "steel", "torque", "handle", "motor", "chuck", "light", "speed", "grip", "case",
        "charger",
    ];
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    (0..words)
        .map(|_| {
            let (word, number) = (next() as usize % STOCK.len(), next() % 50);
            format!("{}{number} ", STOCK[word])
        })
        .collect()
}

fn distance(one: &str, other: &str) -> u32 {
    of_text(one).unwrap().distance(of_text(other).unwrap())
}

#[test]
fn the_same_words_are_alike_whatever_their_case_and_marks() {
    assert_eq!(distance("Acme Drill, 18V: now in stock!", "acme drill 18v now IN stock"), 0);
}

#[test]
fn a_long_page_with_another_number_is_a_near_duplicate() {
    let far = |seed| {
        let page = text(seed, 2_000);
        distance(&format!("Page 7 {page}"), &format!("Page 8123 {page}"))
    };
    // a likeness is drawn: now and then a bit more turns over
    let near = (0..100).filter(|seed| far(*seed) <= 3).count();
    assert!(near >= 95, "{near} of 100");
}

#[test]
fn pages_that_say_other_things_are_far_apart() {
    for seed in 0..40 {
        for words in [30, 120, 800] {
            let far = distance(&text(seed, words), &text(seed + 1_000, words));
            assert!(far > 10, "seed {seed}, {words} words: {far} bits");
        }
    }
}

#[test]
fn two_short_texts_that_differ_in_a_word_are_no_near_duplicates() {
    let page =
        |number: u32| format!("Widget {number} is a widget of the year {number}, and costs {number} euro");
    for number in 1..40 {
        assert!(distance(&page(number), &page(number + 1)) > 3, "{number}");
    }
}

#[test]
fn a_text_without_words_has_no_likeness() {
    assert_eq!((of_text(""), of_text(" … — !")), (None, None));
    assert!(of_text("404").is_some());
}

#[test]
fn scripts_without_blanks_have_words_too() {
    let page =
        "会社概要のページです。所在地は東京都千代田区丸の内一丁目にあります。電話番号は次のとおりです。"
            .repeat(8);
    let other =
        "製品仕様の一覧です。重量は一・四キログラム、電圧は十八ボルト、保証期間は三年となっています。"
            .repeat(8);
    assert_eq!(distance(&page, &page.replace(['。', '、'], " ")), 0);
    assert!(distance(&page, &other) > 10);
}

#[test]
fn the_likeness_of_a_text_never_changes() {
    // kept with what was read: another value here would make every page of a job a new one
    assert_eq!(of_text("Acme Drill 18V").unwrap().to_string(), KEPT);
}

const KEPT: &str = "47b6f3ca63e4325f";
