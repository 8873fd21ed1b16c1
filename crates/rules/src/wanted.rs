//! Wanted fields, resolved: what each means and under which labels pages say it.

use gleaner_contract::{Brief, FieldFormat, FieldMode, FieldSpec, FieldType};
use gleaner_evidence::quote::ValueKind;

use crate::concepts::{self, About, Concept, Id};

/// Words that make a number one of the maker's.
const MAKERS: &[&str] = &[
    "manufacturer",
    "manufacturers",
    "mfr",
    "mfg",
    "hersteller",
    "model",
    "oem",
    "supplier",
    "vendor",
    "lieferanten",
    "original",
    "alternative",
    "compatible",
    "parent",
    "fabricant",
    "related",
];

#[derive(Debug)]
pub(crate) struct Wanted<'b> {
    pub(crate) spec: &'b FieldSpec,
    pub(crate) kind: ValueKind,
    pub(crate) concept: Option<&'static Concept>,
    /// Plain labels, compared with [`concepts::plain`].
    labels: Vec<String>,
}

/// The quoted fields of a brief, and what they are about. Fields whose unit is not known are left out: no value of
/// theirs could be checked.
pub(crate) fn wanted(brief: &Brief) -> (Vec<Wanted<'_>>, About) {
    let theme = concepts::theme(&brief.fields);
    let fields = brief.fields.iter().filter(|spec| spec.mode == FieldMode::Quoted);
    (fields.filter_map(|spec| Wanted::new(spec, theme)).collect(), theme)
}

impl<'b> Wanted<'b> {
    fn new(spec: &'b FieldSpec, theme: About) -> Option<Self> {
        let concept = concepts::resolve(spec, theme);
        let own = std::iter::once(spec.name.as_str()).chain(spec.aliases.iter().map(String::as_str));
        let mut labels: Vec<String> = Vec::new();
        let known = concept.into_iter().flat_map(Concept::labels).map(concepts::plain);
        for label in own.map(concepts::plain).chain(known) {
            if !label.is_empty() && !labels.contains(&label) {
                labels.push(label);
            }
        }
        Some(Self { spec, kind: kind_of(spec, concept)?, concept, labels })
    }

    pub(crate) fn id(&self) -> Id {
        self.concept.map_or(Id::Plain, |concept| concept.id)
    }

    /// Whether only a page of one product, or one article, says this of it.
    pub(crate) fn tells_of_one(&self) -> bool {
        match self.id() {
            Id::Price | Id::Availability | Id::Sku | Id::Mpn | Id::Gtin => true,
            Id::Plain => self.about() == About::Article && self.kind == ValueKind::Date,
            _ => false,
        }
    }

    pub(crate) fn about(&self) -> About {
        self.concept.map_or(About::Any, |concept| concept.about)
    }

    /// Whether a label on a page names one of these concepts.
    pub(crate) fn is_label_of(ids: &[Id], label: &str) -> bool {
        let label = concepts::plain(label);
        ids.iter()
            .filter_map(|id| concepts::of(*id))
            .any(|concept| concept.labels().any(|known| concepts::plain(known) == label))
    }

    /// Whether a label on a page names this field: as a whole, without a unit in brackets, or behind a word such as
    /// `product`.
    pub(crate) fn is_named(&self, label: &str) -> bool {
        let bare = label.split(['(', '[']).next().unwrap_or(label);
        let names = |text: &str| {
            let text = concepts::plain(text);
            !text.is_empty() && self.labels.contains(&text)
        };
        if names(label) || names(bare) {
            return true;
        }
        let words = concepts::words(bare);
        match words.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                let rest = rest.join(" ");
                let general =
                    matches!(first.as_str(), "product" | "item" | "produkt" | "artikel" | "our" | "your");
                // A shop's own name before: `Acme item number`, but not the maker's.
                let own = self.id() == Id::Sku && rest.contains(' ') && !MAKERS.contains(&first.as_str());
                (general || own) && names(&rest)
            }
            _ => false,
        }
    }
}

/// A field's kind: what its spec says, else what its concept implies of a plain string.
fn kind_of(spec: &FieldSpec, concept: Option<&Concept>) -> Option<ValueKind> {
    let kind = ValueKind::of(spec).ok()?;
    if spec.field_type != FieldType::String || spec.format.is_some() {
        return Some(kind);
    }
    let Some(concept) = concept else { return Some(kind) };
    let format = match concept.id {
        Id::Price => FieldFormat::Decimal,
        Id::Currency => FieldFormat::Currency,
        Id::Availability => FieldFormat::Availability,
        Id::Gtin => FieldFormat::Gtin,
        Id::Email => FieldFormat::Email,
        Id::Telephone | Id::Fax => FieldFormat::Telephone,
        _ => return Some(kind),
    };
    ValueKind::of(&FieldSpec { format: Some(format), ..spec.clone() }).ok()
}
