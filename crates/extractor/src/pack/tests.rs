use gleaner_contract::{
    UrlReason,
    pack::{BlockKind, Region, Span},
};
use proptest::prelude::*;

use super::*;

fn pack(html: &str) -> EvidencePack {
    let url = Url::parse("https://shop.example/p/42").unwrap();
    let pack = build_pack(html.as_bytes(), Some("text/html; charset=utf-8"), &url, &PackLimits::default());
    pack.unwrap_or_else(|error| panic!("{error}: {html}"))
}

fn slice(text: &str, span: Span) -> String {
    text.chars().skip(span.start as usize).take((span.end - span.start) as usize).collect()
}

#[test]
fn what_frames_a_page_says_nothing_of_how_like_it_is_to_others() {
    let menu: String = (0..200).map(|n| format!("<li><a href=/c{n}>Werkzeug {n}</a>")).collect();
    let page = |main: &str| pack(&format!("<nav><ul>{menu}</ul></nav><main><h1>Bohrer</h1>{main}</main>"));
    assert_eq!(gleaner_evidence::likeness::of_page(&page("<p>HSS 8 mm, 4,90 Euro")), None);
    let told = "<p>".to_owned() + &"Der Bohrer aus Stahl hält lange und bohrt gut. ".repeat(6);
    assert!(gleaner_evidence::likeness::of_page(&page(&told)).is_some());
}

/// What holds for the pack of any page.
fn check_places(pack: &EvidencePack) {
    let visible = &pack.visible;
    let lines: Vec<&str> = visible.lines().collect();
    assert_eq!(lines.len(), pack.blocks.len());
    let mut end = 0;
    for (index, (block, line)) in pack.blocks.iter().zip(lines).enumerate() {
        assert_eq!(slice(visible, block.span), line);
        assert_eq!(line.trim(), line, "no white space around a line");
        assert!(!line.is_empty());
        assert!(block.heading.is_none_or(|heading| (heading as usize) < index));
        assert!(block.span.start >= end);
        end = block.span.end;
    }
    assert_eq!(end as usize, visible.chars().count());
    assert!(!visible.contains(['\u{200b}', '\u{feff}', '\u{ad}', '\u{202e}', '\t', '\u{a0}', '\0']));
    for cell in pack.tables.iter().flat_map(|table| &table.rows).flatten() {
        assert_eq!(slice(visible, cell.span), cell.text);
    }
    for pair in &pack.pairs {
        for span in [pair.label, pair.value] {
            let text = slice(visible, span);
            assert!(!text.is_empty() && text.trim() == text, "{text:?}");
            assert_eq!(text.chars().count() as u32, span.end - span.start);
        }
    }
    for link in &pack.links {
        if let Some(span) = link.span {
            assert_eq!(slice(visible, span).replace('\n', " "), link.text);
        }
        assert!(["http:", "https:", "tel:", "mailto:"].iter().any(|scheme| link.href.starts_with(scheme)));
    }
}

#[track_caller]
fn check_text(html: &str, visible: &str) {
    let pack = pack(html);
    check_places(&pack);
    assert_eq!(pack.visible, visible);
}

#[track_caller]
fn check_pairs(html: &str, wanted: &[(&str, &str)]) {
    let pack = pack(html);
    check_places(&pack);
    let pairs: Vec<(String, String)> = pack
        .pairs
        .iter()
        .map(|pair| (slice(&pack.visible, pair.label), slice(&pack.visible, pair.value)))
        .collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(label, value)| (&**label, &**value)).collect();
    assert_eq!(pairs, wanted, "{}", pack.visible);
}

#[test]
fn each_block_is_a_line() {
    check_text(
        "<h1>Drill</h1><p>Good\n  <b>tool</b>.</p>\n<p>Cheap<br>too</p>",
        "Drill\nGood tool.\nCheap\ntoo",
    );
    check_text("<ul><li>a<li>b <ul><li>c</ul>d</ul>", "a\nb\nc\nd");
    check_text("<pre>one\n  two</pre>", "one\ntwo");
    check_text("a<div>b</div>c", "a\nb\nc");
}

#[test]
fn cells_of_a_row_stand_on_one_line() {
    check_text(
        "<table><tr><th>Size<th>Weight<tr><td>M<td><div>1.4</div><div>kg</div><tr><td><td>2 kg</table>",
        "Size | Weight\nM | 1.4 kg\n2 kg",
    );
}

#[test]
fn cells_that_lay_out_a_page_keep_their_lines() {
    check_text(
        "<table><tr><td><h2>Menu</h2><ul><li>Home</ul><td><p>One</p><p>Two</p></table>",
        "Menu\nHome\nOne\nTwo",
    );
}

#[test]
fn what_no_reader_sees_is_not_there() {
    check_text(
        "<title>T</title><style>s</style><script>s</script><!-- c --><noscript>n</noscript>
         <template>t</template><p hidden>h</p><p style='color: red; DISPLAY : none !important'>d</p>
         <p style='visibility:hidden'>v</p><input type=hidden value=x><svg><title>icon</title></svg>
         <div aria-hidden=true>seen</div><dialog>closed</dialog>",
        "seen",
    );
    check_text("<body style='display:none'>shown by a script", "shown by a script");
    check_text("pass\u{ad}word\u{200b}s \u{202e}left\u{202c} a\u{a0}\u{2003}b\u{feff}", "passwords left a b");
}

#[test]
fn buttons_and_options_are_seen() {
    check_text(
        "<select><option>S<option>M</select><input type=submit value='Add to cart'><button>Buy</button>",
        "S\nM\nAdd to cart\nBuy",
    );
}

#[test]
fn links_side_by_side_do_not_run_together() {
    check_text("<nav><a href=/>Home</a><a href=/a>About</a></nav>", "Home About");
    check_text("<p>see<a href=/x>this</a>.</p>", "seethis.");
}

#[test]
fn elements_side_by_side_do_not_run_together_where_a_word_ends() {
    check_text("<p><span>Width: 35 cm</span><span>Height: 7 cm</span></p>", "Width: 35 cm Height: 7 cm");
    check_text(
        "<p><sup>$</sup><b>1</b><sup>99</sup> <i>un</i><i>do</i> <b>Mc</b>Donald</p>",
        "$199 undo McDonald",
    );
}

#[test]
fn offsets_count_code_points() {
    let pack = pack("<p>Größe 👍🏽 ab</p><p><a href=/é>über</a></p>");
    check_places(&pack);
    assert_eq!(pack.links[0].text, "über");
    assert_eq!(pack.links[0].href, "https://shop.example/%C3%A9");
    assert_eq!(pack.links[0].span, Some(Span::new(12, 16)));
}

#[test]
fn spans_of_cells_are_resolved() {
    let pack = pack(
        "<table><caption>Sizes</caption><tr><th rowspan=2>Model<th colspan=2>Size
         <tr><th>cm<th>in<tr><td>X<td>10<td>4</table>",
    );
    check_places(&pack);
    let table = &pack.tables[0];
    let grid: Vec<Vec<&str>> =
        table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
    assert_eq!(grid, [["Model", "Size", "Size"], ["Model", "cm", "in"], ["X", "10", "4"]]);
    assert_eq!(table.caption.as_deref(), Some("Sizes"));
    assert!(table.rows[0][2].header && !table.rows[2][0].header);
}

#[test]
fn giant_spans_are_cut() {
    let row = "<tr><td rowspan=65000 colspan=65000>x".repeat(200);
    let pack = pack(&format!("<table>{row}</table>"));
    check_places(&pack);
    assert!(pack.truncated);
}

#[test]
fn rows_and_definitions_are_pairs() {
    check_pairs(
        "<table><tr><td>Weight:<td>1.4 kg<tr><th>Brand<td>Acme</table>",
        &[("Weight", "1.4 kg"), ("Brand", "Acme")],
    );
    check_pairs("<table><tr><th>Price<td>9 €<th>Stock<td>5</table>", &[("Price", "9 €"), ("Stock", "5")]);
    check_pairs(
        "<dl><dt>Colour</dt><dd>red</dd><dd>blue</dd></dl>",
        &[("Colour", "red"), ("Colour", "blue")],
    );
    check_pairs(
        "<table><tr><th>SKU<th>Price<tr><td>A1<td>9 €</table>",
        &[
            ("SKU", "A1"),
            ("Price", "9 €"),
            // for all that a table of two columns shows
            ("A1", "9 €"),
        ],
    );
}

#[test]
fn lines_with_a_colon_are_pairs() {
    check_pairs("<p>SKU: A-1</p>", &[("SKU", "A-1")]);
    check_pairs("<p>Tel: 0123 456 Fax: 0123 457</p>", &[("Tel", "0123 456"), ("Fax", "0123 457")]);
    check_pairs("<p>Delivery:</p><p>2 days</p>", &[("Delivery", "2 days")]);
    check_pairs("<p>open 10:30, see http://x.example</p>", &[]);
}

#[test]
fn elements_side_by_side_are_pairs() {
    check_pairs("<div><span class=label>Weight</span><span>1.4 kg</span></div>", &[("Weight", "1.4 kg")]);
    check_pairs(
        "<div><span class='spec-name'>Weight</span> <span class='spec-value'>1.4 kg</span></div>",
        &[("Weight", "1.4 kg")],
    );
    check_pairs("<p><b>Brand</b> Acme<br><b>Model</b> X1</p>", &[("Brand", "Acme"), ("Model", "X1")]);
    check_pairs(
        "<section><div><div>Weight</div><div>1 kg</div></div><div><div>Height</div><div>3 cm</div></div></section>",
        &[("Weight", "1 kg"), ("Height", "3 cm")],
    );
}

#[test]
fn blocks_know_their_heading_and_region() {
    let pack = pack(
        "<header><p>Shop</p></header><nav><p>Menu</p></nav><main><h1>Drill</h1><p>A</p><h2>Specs</h2><p>B</p>
         <h2>More</h2><div class=sidebar><p>S</p></div></main><div id=footer><p>Imprint</p></div>",
    );
    check_places(&pack);
    let seen: Vec<(BlockKind, Region, u8, Option<u32>)> =
        pack.blocks.iter().map(|block| (block.kind, block.region, block.level, block.heading)).collect();
    use BlockKind::{Heading, Paragraph};
    use Region::{Aside, Footer, Header, Main, Navigation};
    assert_eq!(
        seen,
        [
            (Paragraph, Header, 0, None),
            (Paragraph, Navigation, 0, None),
            (Heading, Main, 1, None),
            (Paragraph, Main, 0, Some(2)),
            (Heading, Main, 2, Some(2)),
            (Paragraph, Main, 0, Some(4)),
            (Heading, Main, 2, Some(2)),
            (Paragraph, Aside, 0, Some(6)),
            (Paragraph, Footer, 0, Some(6)),
        ]
    );
}

#[test]
fn links_are_absolute_and_distinct() {
    let pack = pack(
        "<base href=/b/><a href='c#x'>C</a><a href=c>C</a><a href=c rel='x nofollow'>other</a><a href='#top'>up</a>
         <a href='javascript:x()'>js</a><a href='tel:+49 1'>call</a><a href='mailto:a@b.example'>mail</a>
         <a href='https://u:p@x.example/'><img alt=logo></a>",
    );
    check_places(&pack);
    let links: Vec<(&str, &str, bool)> =
        pack.links.iter().map(|link| (link.href.as_str(), link.text.as_str(), link.nofollow)).collect();
    assert_eq!(
        links,
        [
            ("https://shop.example/b/c", "C", false),
            ("https://shop.example/b/c", "other", true),
            ("tel:+49 1", "call", false),
            ("mailto:a@b.example", "mail", false),
            ("https://x.example/", "", false),
        ]
    );
}

#[test]
fn head_tells_title_language_canonical_and_robots() {
    let pack = pack(
        "<html lang=de_de><title> A \n B </title><link rel='x Canonical' href='/p/42?x#y'>
         <meta name=Robots content='noindex, NoFollow'><p>x",
    );
    assert_eq!(pack.title.as_deref(), Some("A B"));
    assert_eq!(pack.language.as_deref(), Some("de-DE"));
    assert_eq!(pack.canonical.as_deref(), Some("https://shop.example/p/42?x"));
    assert!(pack.nofollow);
}

#[test]
fn a_page_may_forbid_to_follow_its_links_to_everybody_or_to_us_alone() {
    let forbids = |head: &str| pack(&format!("{head}<p>x")).nofollow;
    for name in ["robots", "gleaner", "Gleaner "] {
        assert!(forbids(&format!("<meta name='{name}' content='index, nofollow'>")), "{name}");
        assert!(forbids(&format!("<meta name='{name}' content=none>")), "{name}");
    }
    assert!(forbids("<meta name=robots content=all><meta name=gleaner content=nofollow>"));
    assert!(!forbids("<meta name=googlebot content=nofollow><meta name=robots content='noindex'>"));
}

#[test]
fn links_that_a_page_does_not_vouch_for_are_told() {
    let pack =
        pack("<a href=a rel=ugc>a</a><a href=b rel='noopener Sponsored'>b</a><a href=c rel=noopener>c</a>");
    assert_eq!(pack.links.iter().map(|link| link.nofollow).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn text_hash_follows_what_is_said_alone() {
    let page = |head: &str, class: &str, csrf: &str, price: &str, tel: &str| {
        pack(&format!(
            "<html><head>{head}</head><body class='{class}'><p>Price {price}</p><a href='tel:{tel}'>call us</a>
             <form><input type=hidden name=csrf value={csrf}></form></body></html>"
        ))
        .text_hash
    };
    let one = page("<script nonce=a>1</script>", "x", "s1", "9 €", "+1");
    assert_eq!(
        one,
        page(
            "<script nonce=b>2</script><style>p{}</style><meta name=csrf-token content=7>",
            "y",
            "s2",
            "9 €",
            "+1"
        )
    );
    assert_ne!(one, page("<script nonce=a>1</script>", "x", "s1", "8 €", "+1"));
    assert_ne!(one, page("<script nonce=a>1</script>", "x", "s1", "9 €", "+2"));
    let ld = |price: &str| format!("<script type='application/ld+json'>{{\"price\":\"{price}\"}}</script>");
    assert_ne!(page(&ld("9"), "x", "s", "9 €", "+1"), page(&ld("8"), "x", "s", "9 €", "+1"));
}

#[test]
fn deep_trees_are_cut_and_do_not_overflow_the_stack() {
    for open in ["<div>", "<b><i>", "<table><tr><td>", "<font size=1><p>", "<svg><g>", "<ul><li>", "<dl><dt>"]
    {
        let url = Url::parse("https://x.example/").unwrap();
        let html = format!("<p>first</p>{}", open.repeat(200_000));
        let pack = build_pack(html.as_bytes(), Some("text/html"), &url, &PackLimits::default()).unwrap();
        assert!(pack.truncated, "{open}");
        assert!(pack.visible.starts_with("first"));
    }
}

#[test]
fn endless_attributes_are_cut() {
    use std::fmt::Write;
    let mut html = String::from("<p>first</p><div ");
    for index in 0..400_000 {
        let _ = write!(html, "a{index} ");
    }
    let pack = pack(&html);
    assert_eq!((pack.visible.as_str(), pack.truncated), ("first", true));
}

#[test]
fn long_data_in_an_attribute_or_comment_is_no_reason_to_stop() {
    let data = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo".repeat(60_000);
    check_text(&format!("<img src='data:image/png;base64,{data}'><!-- {data} --><p>after</p>"), "after");
}

#[test]
fn what_is_no_page_is_refused_with_its_reason() {
    let url = Url::parse("https://x.example/").unwrap();
    let refused = |bytes: &[u8], content_type| {
        build_pack(bytes, content_type, &url, &PackLimits::default()).unwrap_err().reason()
    };
    assert_eq!(refused(b"%PDF-1.7", Some("text/html")), UrlReason::UnsupportedType);
    assert_eq!(refused(b"{}", Some("application/json")), UrlReason::UnsupportedType);
    assert_eq!(refused(b"{\"a\":1}", None), UrlReason::UnsupportedType);
    assert_eq!(refused(b"\0\x01\x02", None), UrlReason::UnsupportedType);
    assert_eq!(refused(b" \n ", Some("text/html")), UrlReason::EmptyPage);
    assert_eq!(
        refused(b"<html><body><script>x</script></body></html>", Some("text/html")),
        UrlReason::EmptyPage
    );
    assert_eq!(refused(b"", None), UrlReason::EmptyPage);
}

#[test]
fn plain_text_is_lines() {
    let url = Url::parse("https://x.example/a.txt").unwrap();
    let pack =
        build_pack(b"SKU: 1\r\n\r\n  two <b>", Some("text/plain"), &url, &PackLimits::default()).unwrap();
    check_places(&pack);
    assert_eq!(pack.visible, "SKU: 1\ntwo <b>");
    assert_eq!(pack.pairs.len(), 1);
}

#[test]
fn layer_texts_are_found_by_layer_and_block() {
    let pack = pack("<title>T</title><p>x");
    assert_eq!(layer_text(&pack, Layer::Visible, None), Some("x"));
    assert_eq!(layer_text(&pack, Layer::Structured, Some(0)), Some("title: T"));
    assert_eq!(layer_text(&pack, Layer::Structured, Some(1)), None);
    assert_eq!(layer_text(&pack, Layer::Pdf, None), None);
}

/// Pieces that make parsers stumble.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<table>",
        "<tr>",
        "<td rowspan=3 colspan=2>",
        "<th>",
        "</table>",
        "</tr>",
        "<a href=/x>",
        "<a href='tel:1'>",
        "</a>",
        "<b>",
        "</b>",
        "<i>",
        "<li>",
        "<ul>",
        "</ul>",
        "<dl>",
        "<dt>",
        "<dd>",
        "</dl>",
        "<br>",
        "<h1>",
        "</h1>",
        "<h3>",
        "<pre>",
        "\n",
        " ",
        "Label: value ",
        "text",
        "1:2",
        "ünï 👍",
        "\u{ad}",
        "\u{200b}",
        ":",
        " | ",
        "<span class=label>",
        "</span>",
        "<span class=value>",
        "<select><option>",
        "<form>",
        "<button>",
        "<template>",
        "</template>",
        "<svg>",
        "<math><mi>",
        "<script>",
        "</script>",
        "<script type='application/ld+json'>",
        "{\"a\":1,}",
        "<!--",
        "-->",
        "<div itemscope itemtype=http://schema.org/Product>",
        "<span itemprop='name offers'>",
        "<meta itemprop=price content=9>",
        "<div itemprop=offers itemscope>",
        "<meta property=og:title content=x>",
        "<title>",
        "</title>",
        "<textarea>",
        "<caption>",
        "<body lang=en>",
        "<base href=//b/>",
        "<style>",
        "<frameset>",
        "<plaintext>",
        "&nbsp;",
        "&#0;",
        "&amp",
        "<nav>",
        "<main>",
        "</main>",
        "<input type=submit value=go>",
        "<area href=/a alt=b>",
        "<td hidden>",
        "<dialog>",
        "：",
        "<tbody>",
        "<caption>",
    ]);
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in prop::option::of("text/(html|plain).{0,20}")) {
        let url = Url::parse("https://x.example/").unwrap();
        if let Ok(pack) = build_pack(&bytes, kind.as_deref(), &url, &PackLimits::default()) {
            check_places(&pack);
        }
    }

    #[test]
    fn any_soup_keeps_its_places_and_reads_alike_twice(html in soup()) {
        let url = Url::parse("https://x.example/").unwrap();
        let read = || build_pack(html.as_bytes(), Some("text/html"), &url, &PackLimits::default());
        if let Ok(pack) = read() {
            check_places(&pack);
            prop_assert_eq!(Ok(pack), read());
        }
    }

    #[test]
    fn any_cut_keeps_its_places(html in soup(), visible in 0_u32..40, nodes in 0_usize..60, links in 0_usize..3, cells in 0_usize..20) {
        let url = Url::parse("https://x.example/").unwrap();
        let limits = PackLimits { visible, nodes, links, cells, pairs: 3, structured_bytes: 20, ..PackLimits::default() };
        if let Ok(pack) = build_pack(html.as_bytes(), Some("text/html"), &url, &limits) {
            check_places(&pack);
        }
    }

    #[test]
    fn any_text_is_found_in_its_paragraph(text in "\\PC{0,60}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        let url = Url::parse("https://x.example/").unwrap();
        if let Ok(pack) = build_pack(format!("<p>{escaped}</p>").as_bytes(), Some("text/html;charset=utf-8"), &url, &PackLimits::default()) {
            check_places(&pack);
            prop_assert_eq!(pack.visible, folded(&text));
        }
    }
}
