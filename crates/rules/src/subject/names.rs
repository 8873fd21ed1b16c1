//! How two names agree, and whether one is of something that merely belongs to the other.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use gleaner_contract::SubjectMatch;
use gleaner_evidence::ids;

/// Words that tell one model from its siblings.
const MODEL_WORDS: &[&str] = &[
    "pro", "plus", "max", "mini", "lite", "ultra", "air", "xl", "xxl", "xs", "premium", "deluxe", "kids",
    "junior", "set", "kit", "case", "cover",
];

/// Behind these stands what a thing is made for.
const FOR: &str = "for|fits|compatible|für|fuer|passend|kompatibel|pour|para|per|voor|till|til|dla|для";

/// Behind these stands what comes with a thing.
const WITH: &str = "with|incl|including|and|mit|inkl|und|avec|et|con|y|e|met|en|med";

/// What belongs to other things more often than it is one.
const ACCESSORIES: &str = "accessory|accessories|adapter|adaptor|attachment|bag|batteries|battery|belt|blade|blades|bracket|brush|brushes|bulb|bundle|cable|cap|cartridge|cartridges|case|charger|clip|cord|cover|cradle|dock|ebook|filter|filters|film|guard|handle|holder|holster|hose|kit|knob|lid|manual|mount|pad|pads|part|parts|plug|pouch|protector|rack|refill|refills|remote|repair|replacement|sheath|skin|sleeve|spare|stand|strap|stylus|tip|tips|toner|tray|tripod|wrap|warranty|\
akku|akkus|batterie|batterien|ersatzakku|ersatzteil|ersatzteile|gehäuse|halter|halterung|hülle|kabel|koffer|ladegerät|ladekabel|netzteil|schutzfolie|schutzhülle|tasche|zubehör|bedienungsanleitung|ersatz|armband|\
accessoire|accessoires|câble|chargeur|coque|étui|filtre|housse|rechange|pièce|pièces|sacoche|\
accesorio|accesorios|batería|baterías|cargador|correa|estuche|filtro|funda|recambio|recambios|repuesto|repuestos|\
accessori|accessorio|batteria|caricabatterie|custodia|ricambio|ricambi|\
accu|batterij|hoes|hoesje|houder|kabels|lader|oplader|onderdeel|onderdelen|tas|laddare|fodral|väska|batteri|reservdel";

/// Colours, sizes and what shops put around a name: these make no other thing of it.
const HARMLESS: &str = "black|white|red|blue|green|yellow|grey|gray|silver|gold|orange|pink|purple|brown|beige|navy|teal|anthracite|transparent|clear|dark|light|schwarz|weiß|weiss|rot|blau|grün|gelb|grau|silber|braun|rosa|lila|türkis|noir|blanc|rouge|bleu|vert|jaune|gris|argent|marron|negro|blanco|rojo|azul|verde|amarillo|plata|nero|bianco|rosso|blu|giallo|grigio|argento|marrone|zwart|wit|rood|blauw|groen|geel|grijs|bruin|svart|vit|röd|blå|grön|\
s|m|l|small|medium|large|size|größe|groesse|taille|talla|taglia|maat|color|colour|farbe|couleur|\
new|neu|nouveau|nuevo|nuovo|nieuw|buy|kaufen|acheter|comprar|shop|store|online|official|sale|price|specs|specifications|specification|details|technical|data|datasheet|datenblatt|review|reviews|features|product|produkt|kopen|acquista|the|in|at|by|von|from|de|bei|www|com";

/// A list of words, as names are compared.
type Words = LazyLock<HashSet<String>>;

static IS_FOR: Words = LazyLock::new(|| words(FOR));
static IS_WITH: Words = LazyLock::new(|| words(WITH));
static IS_ACCESSORY: Words = LazyLock::new(|| words(ACCESSORIES));
static IS_HARMLESS: Words = LazyLock::new(|| words(HARMLESS));

fn words(list: &str) -> HashSet<String> {
    list.split('|').map(ids::name).collect()
}

/// How strictly a longer name must keep to the wanted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Companies: more words in a name say more of the same one.
    None,
    /// The target itself points at the page: more words describe the same thing, unless they name another.
    Usual,
    /// A link led to the page, or its heading says otherwise: only words that change nothing may be added.
    Strict,
}

/// How the subject's name and a name on the page agree.
pub(super) fn compare(name: &str, said: &str, care: Care) -> SubjectMatch {
    let (name, said) = (ids::name(name), ids::name(said));
    if name.is_empty() || said.is_empty() {
        return SubjectMatch::Unknown;
    }
    if name == said {
        return SubjectMatch::Exact;
    }
    let (wanted_words, said_words): (Vec<&str>, Vec<&str>) =
        (name.split(' ').collect(), said.split(' ').collect());
    if care != Care::None && is_made_for(&wanted_words, &said_words) {
        return SubjectMatch::Other;
    }
    let (wanted, found): (BTreeSet<&str>, BTreeSet<&str>) =
        (wanted_words.iter().copied().collect(), said_words.iter().copied().collect());
    let telling = |set: BTreeSet<&&str>| {
        set.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()) || MODEL_WORDS.contains(word))
    };
    let missing = telling(wanted.difference(&found).collect());
    let added = telling(found.difference(&wanted).collect());
    let common = wanted.intersection(&found).count();
    if missing && added || common == 0 {
        return SubjectMatch::Other;
    }
    let beside = || belongs(&wanted_words, &said_words) || belongs(&said_words, &wanted_words);
    if missing || added || care != Care::None && beside() {
        return SubjectMatch::Unknown;
    }
    if care == Care::Strict && !is_harmless(&wanted_words, &said_words) {
        return SubjectMatch::Unknown;
    }
    // All words of the shorter one, and enough of them to be a name.
    let shorter = wanted.len().min(found.len());
    if common == shorter && (common >= 2 || wanted.len() == 1 && said.starts_with(&name)) {
        return SubjectMatch::Likely;
    }
    if common * 3 >= wanted.len() * 2 {
        SubjectMatch::Likely
    } else if common * 3 < wanted.len() {
        SubjectMatch::Other
    } else {
        SubjectMatch::Unknown
    }
}

/// Whether one of two names is of something that belongs to the other: `Acme Drill 18V Battery`, `Battery for Acme Drill`.
pub(super) fn is_accessory_of(name: &str, said: &str) -> bool {
    let (name, said) = (ids::name(name), ids::name(said));
    let (wanted, found): (Vec<&str>, Vec<&str>) = (name.split(' ').collect(), said.split(' ').collect());
    is_made_for(&wanted, &found) || holds(&found, &wanted) && belongs(&wanted, &found)
}

/// Whether a name on a page says the whole of the wanted one, and more.
pub(super) fn says_more(name: &str, said: &str) -> bool {
    let (name, said) = (ids::name(name), ids::name(said));
    let (wanted, found): (Vec<&str>, Vec<&str>) = (name.split(' ').collect(), said.split(' ').collect());
    found.len() > wanted.len() && holds(&found, &wanted)
}

/// Whether a heading is only of words that name no thing: `Technical data`.
pub(super) fn names_nothing(said: &str) -> bool {
    ids::name(said).split(' ').all(|word| IS_HARMLESS.contains(word))
}

fn holds(found: &[&str], wanted: &[&str]) -> bool {
    wanted.iter().all(|word| found.contains(word))
}

/// Whether the wanted name stands behind a word such as `for`, and not before it.
fn is_made_for(wanted: &[&str], said: &[&str]) -> bool {
    let Some(at) = said.iter().position(|word| IS_FOR.contains(*word) && !wanted.contains(word)) else {
        return false;
    };
    let told = |part: &[&str]| wanted.iter().filter(|word| part.contains(word)).count();
    let behind = told(&said[at..]);
    behind * 2 > wanted.len() && behind > told(&said[..at])
}

/// Whether the words that a name adds make it one of something that goes with the thing: the last of them names it.
fn belongs(wanted: &[&str], said: &[&str]) -> bool {
    let mut run: Vec<&str> = Vec::new();
    let accessory = |run: &[&str]| {
        let head = run.iter().rev().find(|word| !IS_HARMLESS.contains(**word));
        head.is_some_and(|word| IS_ACCESSORY.contains(*word))
    };
    for word in said {
        // What comes with a thing makes nothing else of it.
        if IS_WITH.contains(*word) && !wanted.contains(word) {
            break;
        }
        if wanted.contains(word) {
            if accessory(&run) {
                return true;
            }
            run.clear();
        } else {
            run.push(word);
        }
    }
    accessory(&run)
}

/// Whether a name holds all of the wanted words, behind at most a brand, with nothing else that could name a thing.
fn is_harmless(wanted: &[&str], said: &[&str]) -> bool {
    if !holds(said, wanted) {
        // A part of the name is the name where the page leaves words out that say little.
        let left_out = wanted.iter().filter(|word| !said.contains(word)).count();
        return left_out <= 1 && said.len() >= 2 && said.iter().all(|word| wanted.contains(word));
    }
    let first = said.iter().position(|word| wanted.contains(word)).unwrap_or(0);
    let harmless = |word: &&str| wanted.contains(word) || IS_HARMLESS.contains(*word);
    let before = said[..first].iter().filter(|word| !harmless(word)).count();
    before <= 1 && said[first..].iter().all(harmless)
}

#[cfg(test)]
mod tests;
