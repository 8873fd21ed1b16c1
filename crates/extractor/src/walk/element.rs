//! What single elements do to the text in them.

use gleaner_contract::pack::BlockKind;
use html5ever::{LocalName, local_name};

use crate::{dom::Element, lines::Style};

/// Whether its text stands on lines of its own.
pub(super) fn is_block(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("address")
            | local_name!("article")
            | local_name!("aside")
            | local_name!("blockquote")
            | local_name!("body")
            | local_name!("button")
            | local_name!("caption")
            | local_name!("center")
            | local_name!("dd")
            | local_name!("details")
            | local_name!("dialog")
            | local_name!("dir")
            | local_name!("div")
            | local_name!("dl")
            | local_name!("dt")
            | local_name!("fieldset")
            | local_name!("figcaption")
            | local_name!("figure")
            | local_name!("footer")
            | local_name!("form")
            | local_name!("h1")
            | local_name!("h2")
            | local_name!("h3")
            | local_name!("h4")
            | local_name!("h5")
            | local_name!("h6")
            | local_name!("header")
            | local_name!("hgroup")
            | local_name!("html")
            | local_name!("legend")
            | local_name!("li")
            | local_name!("listing")
            | local_name!("main")
            | local_name!("menu")
            | local_name!("nav")
            | local_name!("ol")
            | local_name!("optgroup")
            | local_name!("option")
            | local_name!("p")
            | local_name!("plaintext")
            | local_name!("pre")
            | local_name!("search")
            | local_name!("section")
            | local_name!("select")
            | local_name!("summary")
            | local_name!("table")
            | local_name!("tbody")
            | local_name!("td")
            | local_name!("textarea")
            | local_name!("tfoot")
            | local_name!("th")
            | local_name!("thead")
            | local_name!("tr")
            | local_name!("ul")
            | local_name!("xmp")
    )
}

/// Whether its markup hides it from readers. A whole page is hidden only until its scripts have run.
pub(super) fn is_hidden(element: &Element) -> bool {
    if matches!(element.name(), local_name!("body") | local_name!("html")) {
        return false;
    }
    for attr in &element.attrs {
        let value = &*attr.value;
        match attr.name.local {
            local_name!("hidden") if !value.eq_ignore_ascii_case("until-found") => return true,
            local_name!("style") if hides(value) => return true,
            local_name!("type") if value.eq_ignore_ascii_case("hidden") => return true,
            _ => {}
        }
    }
    element.name() == local_name!("dialog") && !element.has(&local_name!("open"))
}

fn hides(style: &str) -> bool {
    style.split(';').any(|declaration| {
        let Some((property, value)) = declaration.split_once(':') else { return false };
        let value = value.split('!').next().unwrap_or("").trim_ascii();
        match property.trim_ascii() {
            p if p.eq_ignore_ascii_case("display") => value.eq_ignore_ascii_case("none"),
            p if p.eq_ignore_ascii_case("visibility") => {
                value.eq_ignore_ascii_case("hidden") || value.eq_ignore_ascii_case("collapse")
            }
            _ => false,
        }
    })
}

/// The style of the text in an element, given that around it.
pub(super) fn style_of(element: &Element, name: &LocalName, outer: Style) -> Style {
    let mut style = outer;
    // these shape the lines in them; what only groups them keeps their shape
    let kept = matches!(
        outer.kind,
        BlockKind::Heading | BlockKind::ListItem | BlockKind::Term | BlockKind::Definition
    );
    match *name {
        local_name!("h1") => heading(&mut style, 1),
        local_name!("h2") => heading(&mut style, 2),
        local_name!("h3") => heading(&mut style, 3),
        local_name!("h4") => heading(&mut style, 4),
        local_name!("h5") => heading(&mut style, 5),
        local_name!("h6") => heading(&mut style, 6),
        local_name!("p") | local_name!("blockquote") | local_name!("figcaption") if !kept => {
            style.kind = BlockKind::Paragraph;
        }
        local_name!("li") => style.kind = BlockKind::ListItem,
        local_name!("option") => {
            style.kind = BlockKind::ListItem;
            style.form = true;
        }
        local_name!("dt") => style.kind = BlockKind::Term,
        local_name!("dd") => style.kind = BlockKind::Definition,
        local_name!("pre") | local_name!("listing") | local_name!("xmp") | local_name!("plaintext") => {
            style.kind = BlockKind::Preformatted;
            style.preformatted = true;
        }
        local_name!("td") | local_name!("th") if !style.row => style.kind = BlockKind::Other,
        local_name!("table") => style.kind = BlockKind::Other,
        local_name!("button") | local_name!("select") | local_name!("textarea") => style.form = true,
        local_name!("a") => style.link = element.has(&local_name!("href")),
        _ => {}
    }
    if outer.row {
        (style.kind, style.level) = (outer.kind, outer.level);
    }
    style
}

fn heading(style: &mut Style, level: u8) {
    style.kind = BlockKind::Heading;
    style.level = level;
}

/// The style of a row whose cells stand on one line.
pub(super) fn row_style(style: &mut Style) {
    style.kind = BlockKind::TableRow;
    style.row = true;
}
