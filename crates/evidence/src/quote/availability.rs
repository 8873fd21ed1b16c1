//! Whether a product can be had, as schema.org's ItemAvailability names it, read from its address or from words.

use std::{str::FromStr, sync::LazyLock};

use regex::Regex;

use crate::text::Folded;

/// The members of schema.org's ItemAvailability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    BackOrder,
    Discontinued,
    InStock,
    InStoreOnly,
    LimitedAvailability,
    MadeToOrder,
    OnlineOnly,
    OutOfStock,
    PreOrder,
    PreSale,
    Reserved,
    SoldOut,
}

use Availability as A;

const ALL: [Availability; 12] = [
    A::BackOrder,
    A::Discontinued,
    A::InStock,
    A::InStoreOnly,
    A::LimitedAvailability,
    A::MadeToOrder,
    A::OnlineOnly,
    A::OutOfStock,
    A::PreOrder,
    A::PreSale,
    A::Reserved,
    A::SoldOut,
];

/// Words in the order in which they decide: `not in stock` before `in stock`. Texts are folded before they are matched.
#[rustfmt::skip]
const WORDS: &[(Availability, &str)] = &[
    (A::Discontinued, r"discontinued|no longer (available|sold|in production)|nicht mehr (lieferbar|verfügbar|erhältlich)|ne se fabrique plus|n'est plus (disponible|commercialisé)|descatalogado|fuori produzione|niet meer (leverbaar|verkrijgbaar)|utgått"),
    (A::BackOrder, r"back[- ]?order(ed)?|nachbestellt|im zulauf|en réapprovisionnement"),
    (A::PreOrder, r"pre[- ]?order|vorbestell(en|bar|ung)|pré-?command(e|er)|precommande|preventa|reserva anticipada|preordin[ea]|prenota(bile)?|voorbestellen|forudbestil|förhandsboka|förbeställ|przedsprzedaż|предзаказ"),
    (A::OutOfStock, r"(out[- ]of[- ]stock|outofstock|sold[- ]out|oos|unavailable|(not|no longer) (currently )?(available|in stock)|temporarily out|ausverkauft|vergriffen|nicht (auf lager|lieferbar|verfügbar|vorrätig|erhältlich)|derzeit nicht|rupture( de stock)?|épuisée?s?|indisponible|non disponible|agotad[oa]s?|sin (existencias|stock)|no disponible|fuera de stock|esaurit[oa]|non disponibile|indisponível|esgotad[oa]|uitverkocht|niet (op voorraad|leverbaar|beschikbaar)|slutsåld|slut i lager|ej i lager|utsolgt|ikke på lager|udsolgt|loppu(unmyyty)?|ei varastossa|wyprzedan[ea]|brak w magazynie|niedostępn[ya]|vyprodáno|není skladem|nedostupné|elfogyott|nincs (készleten|raktáron)|stoc epuizat|indisponibil|нет в наличии|немає в наявності|tükendi|stokta yok|εξαντλη\w+|nav pieejams|nėra sandėlyje|läbi müüdud)"),
    (A::LimitedAvailability, r"(only|just) \d+ (left|remaining|in stock|available)|limited (availability|stock)|low stock|almost gone|few left|last (one|few|items?)|nur noch \d+|wenige verfügbar|plus que \d+|derniers? (articles?|exemplaires?)|últimas unidades|ultimi (pezzi|\d+)|nog \d+"),
    (A::MadeToOrder, r"made to order|auf bestellung|sur commande|bajo pedido|su ordinazione|op bestelling"),
    (A::InStoreOnly, r"in[- ]store only|available in stores? only|nur im (markt|geschäft|laden)|uniquement en magasin"),
    (A::OnlineOnly, r"online only|only (available )?online|nur online|uniquement en ligne|solo online|alleen online"),
    (A::InStock, r"(in[- ]stock|instock|available|availability: yes|ships? (today|now|within|in)|ready to ship|add to (cart|bag|basket|trolley)|buy( it)? now|order now|auf lager|ab lager|lagernd|vorrätig|lieferbar|verfügbar|sofort|in den warenkorb|in den einkaufswagen|en stock|disponible|ajouter au panier|hay existencias|añadir (al carrito|a la cesta)|disponibile|disponibilità immediata|aggiungi al carrello|acquista|em stock|disponível|adicionar ao carrinho|comprar|op voorraad|leverbaar|in winkelwagen|in winkelmand|i lager|på lager|läg+ i (varukorg|kundvagn)\w*|legg i handlekurv\w*|læg i kurv\w*|varastossa|lisää (ostos)?kori\w*|w magazynie|dostępn[ya]|do koszyka|skladem|do košíku|raktáron|készleten|kosárba|în stoc|in stoc|adaugă în coș|в наличии|в корзину|в наявності|stokta|sepete ekle|διαθέσιμο|pieejams|pievienot grozam|ielikt grozā|sandėlyje|į krepšelį|laos|lisa (ostu)?korvi)"),
];

/// Words of scripts that set no spaces between words.
const UNSPACED: &[(Availability, &[&str])] = &[
    (A::OutOfStock, &["在庫切れ", "在庫なし", "売り切れ", "缺货", "无货", "缺貨", "품절"]),
    (A::InStock, &["在庫あり", "カートに入れる", "有货", "有貨", "加入购物车", "加入購物車", "장바구니"]),
];

static PATTERNS: LazyLock<Vec<(Availability, Regex)>> = LazyLock::new(|| {
    WORDS
        .iter()
        .map(|(state, words)| {
            let folded = Folded::new(words);
            let whole_words = format!(r"(?:^|[^\pL\pN])(?:{})(?:$|[^\pL\pN])", folded.text());
            (*state, Regex::new(&whole_words).expect("a constant pattern"))
        })
        .collect()
});

impl Availability {
    /// The member's name, such as `InStock`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BackOrder => "BackOrder",
            Self::Discontinued => "Discontinued",
            Self::InStock => "InStock",
            Self::InStoreOnly => "InStoreOnly",
            Self::LimitedAvailability => "LimitedAvailability",
            Self::MadeToOrder => "MadeToOrder",
            Self::OnlineOnly => "OnlineOnly",
            Self::OutOfStock => "OutOfStock",
            Self::PreOrder => "PreOrder",
            Self::PreSale => "PreSale",
            Self::Reserved => "Reserved",
            Self::SoldOut => "SoldOut",
        }
    }

    /// What a text says: a member's name or address wherever it stands, else words in several languages.
    pub fn read(text: &str) -> Option<Self> {
        static NAME: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)schema\.org\\?/([a-z]+)|^[\W_]*([a-z]+(?:[ _-][a-z]+){0,2})[\W_]*$")
                .expect("a constant pattern")
        });
        let named = NAME.captures(text).and_then(|found| found.get(1).or_else(|| found.get(2)));
        if let Some(state) = named.and_then(|name| name.as_str().parse().ok()) {
            return Some(state);
        }
        let folded = Folded::new(text);
        let spaced =
            PATTERNS.iter().find(|(_, pattern)| pattern.is_match(folded.text())).map(|(state, _)| *state);
        let unspaced = || {
            UNSPACED
                .iter()
                .find(|(_, words)| words.iter().any(|word| text.contains(word)))
                .map(|(state, _)| *state)
        };
        spaced.or_else(unspaced)
    }

    /// Whether a page that says `said` supports this value: the same, or another word for it.
    pub fn is_supported_by(self, said: Self) -> bool {
        self == said
            || matches!(
                (self, said),
                (A::OutOfStock, A::SoldOut)
                    | (A::SoldOut, A::OutOfStock)
                    | (A::InStock, A::LimitedAvailability | A::OnlineOnly)
            )
    }
}

/// A name that is no member of ItemAvailability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a member of schema.org's ItemAvailability")]
pub struct UnknownAvailability;

impl FromStr for Availability {
    type Err = UnknownAvailability;

    /// A member's name or address, case and separators aside: `InStock`, `in_stock`, `https://schema.org/InStock`.
    fn from_str(text: &str) -> Result<Self, UnknownAvailability> {
        let name = text.trim().rsplit('/').next().unwrap_or_default();
        let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(&plain)).ok_or(UnknownAvailability)
    }
}
