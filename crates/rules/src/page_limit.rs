//! Where a page stops speaking of its own product: at the heading of related things, reviews and the like.

use gleaner_contract::pack::BlockKind;

use crate::{doc::Doc, page_names::PageNames};

/// Beginnings of headings over other products, folded.
const OTHERS: &[&str] = &[
    "related",
    "you may also",
    "you might also",
    "customers also",
    "customers who",
    "customers bought",
    "often bought",
    "bought together",
    "people also",
    "others also",
    "similar",
    "recently viewed",
    "recommended",
    "recommendations",
    "we recommend",
    "more from",
    "more like this",
    "frequently bought",
    "complete the look",
    "shop the look",
    "best sellers",
    "bestsellers",
    "top sellers",
    "also available",
    "also viewed",
    "also bought",
    "goes well with",
    "pairs well",
    "don t miss",
    "our top picks",
    "other products",
    "other items",
    "sponsored",
    "featured products",
    "new arrivals",
    "popular products",
    "compare similar",
    "compare with",
    "you recently",
    "your recently",
    "trending",
    "inspired by",
    "ähnliche",
    "das könnte",
    "das koennte",
    "kunden kauften",
    "kunden, die",
    "wird oft zusammen",
    "passend dazu",
    "passendes zubehör",
    "zubehör",
    "zuletzt angesehen",
    "empfehlungen",
    "weitere produkte",
    "weitere artikel",
    "auch interessant",
    "vous aimerez",
    "produits similaires",
    "produits associés",
    "produits complémentaires",
    "les clients",
    "ces produits",
    "vus récemment",
    "à découvrir",
    "vous pourriez",
    "productos relacionados",
    "productos similares",
    "también te puede",
    "los clientes",
    "otros productos",
    "quizás",
    "prodotti correlati",
    "prodotti simili",
    "potrebbe interessarti",
    "potrebbero interessarti",
    "chi ha acquistato",
    "altri prodotti",
    "gerelateerde",
    "vergelijkbare",
    "anderen bekeken",
    "klanten",
    "bekijk ook",
    "misschien vind",
    "liknande",
    "andra köpte",
    "rekommenderade",
    "kunder",
    "andre",
    "lignende",
    "relaterede",
    "podobne",
    "polecane",
    "inni klienci",
    "související",
    "podobné",
    "похожие",
    "с этим товаром",
    "関連",
    "おすすめ",
    "相关",
    "推荐",
    "相關",
];

/// Longer lines are prose.
const MAX_HEADING: usize = 80;

/// The code point of the visible text from which on it speaks of other things.
pub(crate) fn limit(doc: &Doc<'_>, names: &PageNames) -> u32 {
    let after = names.heading.as_ref().map_or(0, |heading| heading.span.end);
    let starts = doc.pack.blocks.iter().filter(|block| block.span.start >= after).filter(|block| {
        let text = doc.text(block.span);
        let short = text.chars().count() <= MAX_HEADING;
        let own_line = block.kind == BlockKind::Heading || !text.contains(['.', '!']);
        short && own_line && {
            let text = text
                .trim_start_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
                .replace(['\'', '’'], " ");
            OTHERS.iter().any(|known| text.starts_with(known))
        }
    });
    starts.map(|block| block.span.start).next().unwrap_or(u32::MAX)
}
