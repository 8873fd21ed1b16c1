//! The table of concepts: names of fields, labels of rows in six languages, schema.org paths, meta properties.

use gleaner_contract::FieldSpec;

use super::plain;

/// What a concept is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Product,
    Organization,
    Article,
    Any,
}

/// Concepts that a rule of their own reads, beside what the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id {
    ProductName,
    Brand,
    Sku,
    Mpn,
    Gtin,
    Isbn,
    Price,
    Currency,
    Availability,
    OrganizationName,
    LegalName,
    Telephone,
    Fax,
    Email,
    Street,
    City,
    Region,
    PostalCode,
    Country,
    Website,
    Vat,
    Headline,
    Language,
    /// Read by the table alone.
    Plain,
}

/// One concept. Lists are joined by `|`; names and labels are compared without case and punctuation.
#[derive(Debug)]
pub(crate) struct Concept {
    pub(crate) id: Id,
    pub(crate) about: About,
    names: &'static str,
    labels: &'static str,
    paths: &'static str,
    metas: &'static str,
}

impl Concept {
    /// Labels as pages write them, names of fields among them.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &'static str> {
        items(self.names).chain(items(self.labels))
    }

    /// Paths of properties from the entity on, best first.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> {
        items(self.paths)
    }

    /// Names of meta properties, best first.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &'static str> {
        items(self.metas)
    }
}

fn items(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split('|').filter(|item| !item.is_empty())
}

const fn product(
    id: Id,
    names: &'static str,
    labels: &'static str,
    paths: &'static str,
    metas: &'static str,
) -> Concept {
    Concept { id, about: About::Product, names, labels, paths, metas }
}

const fn organization(
    id: Id,
    names: &'static str,
    labels: &'static str,
    paths: &'static str,
    metas: &'static str,
) -> Concept {
    Concept { id, about: About::Organization, names, labels, paths, metas }
}

const fn article(
    id: Id,
    names: &'static str,
    labels: &'static str,
    paths: &'static str,
    metas: &'static str,
) -> Concept {
    Concept { id, about: About::Article, names, labels, paths, metas }
}

#[rustfmt::skip]
const TABLE: &[Concept] = &[
    product(Id::ProductName, "product name|product|title|item name|produktname|bezeichnung",
        "artikelbezeichnung|nom du produit|nombre del producto|nome prodotto|productnaam", "name", "og:title"),
    product(Id::Brand, "brand|brand name|marke|manufacturer|hersteller",
        "marque|marca|fabricant|fabricante|produttore|merk|fabrikant|maker|made by|bränd|kaubamärk|zīmols|märke|merkki|značka|бренд|производитель|gamintojas|ražotājs|výrobca|výrobce|producent|valmistaja|gyártó|tillverkare|produsent|proizvođač|kaubamärk|bränd",
        "brand.name|brand|manufacturer.name|manufacturer", "product:brand|og:brand|brand|product.brand"),
    product(Id::Sku, "sku|article number|item number|artikelnummer|product code|product id|product number",
        "art nr|artnr|artikel nr|artikelnr|bestellnummer|bestell nr|best nr|produktnummer|produktcode|item no|item #|item|item code|item id|article|article no|article code|style|style no|style number|style code\
|sku number|sku no|sku code|product sku|product ref|product no|catalog number|catalogue number|cat no|catalogue no|stock code|stock number|code|code article|référence|reference|ref|réf|référence produit|réf produit|reference number|n° article\
|referencia|código|código de producto|codice|codice prodotto|codice articolo|cod|cod art|riferimento|artikelcode|productcode|productnummer|tootekood|preces kods|kood|artikkel|varenr|varenummer|tuotenumero|tuotekoodi|артикул|код товара|kod produktu|indeks|numer katalogowy|kód|cikkszám|código do produto|item model id|listing id|ad id|post id|web id|shop sku|asin|anzeige|anzeigen id|anzeigennummer|anzeigen nr|ad number|posting id|inserat|inserate nr|код",
        "sku|productID|identifier|offers.sku|productId", "product:retailer_item_id|product:sku|product:retailer_part_no|sku"),
    product(Id::Mpn, "mpn|manufacturer part number|part number|herstellernummer",
        "mfr part number|mfg part number|mfr part no|mfr no|mfr #|mfg #|mfr|part no|part #|partnumber|model number|model no|model #|item model number|manufacturer number|manufacturer code|manufacturers code|manufacturer reference|manufacturer sku|manufacturer product number\
|hersteller nr|herstellerartikelnummer|hersteller artikelnummer|herst nr|teilenummer|modellnummer|référence fabricant|référence constructeur|ref fabricant|numéro de modèle|referencia fabricante|referencia del fabricante|número de modelo|codice produttore|codice modello|modelnummer|fabrikantcode|tillverkarens artikelnummer|kod producenta|produktové číslo",
        "mpn|offers.mpn|model", "product:mfr_part_no|product:mpn|mpn"),
    product(Id::Gtin, "gtin|gtin8|gtin12|gtin13|gtin14|ean|ean13|upc|barcode",
        "ean code|ean nr|ean nummer|ean number|upc code|upc number|upc a|bar code|strichcode|code barre|code barres|code ean|código de barras|código ean|codice ean|codice a barre|streepjescode|gtin ean|ean gtin|gtin 13|gtin 14|gtin 12|ribakood|isbn 13|isbn13|triipkood|svītrkods|viivakoodi|штрихкод",
        "gtin13|gtin|gtin12|gtin14|gtin8|offers.gtin13|offers.gtin|offers.gtin12|offers.gtin14|offers.gtin8|ean|upc|isbn", "product:ean|product:upc|product:gtin|og:upc|og:ean|gtin|ean"),
    product(Id::Isbn, "isbn|isbn13|isbn10", "isbn 13|isbn 10|isbn number", "isbn", "book:isbn|isbn"),
    product(Id::Price, "price|preis|prix|precio|prezzo|prijs|sale price|current price",
        "our price|your price|now|unit price|verkaufspreis|price now|special price|asking price|notre prix|tarif|precio final|prezzo finale|hind|cena|pris|hinta|цена|cijena|preço|pvp|sale|our low price|price incl vat|price inc vat|product price|item price|regular price",
        "offers.price|offers.priceSpecification.price|offers.lowPrice|price", "product:sale_price:amount|product:price:amount|og:price:amount|product:price|price"),
    product(Id::Currency, "currency|price currency|währung|devise|moneda|valuta", "",
        "offers.priceCurrency|offers.priceSpecification.priceCurrency|priceCurrency", "product:price:currency|og:price:currency|product:sale_price:currency"),
    product(Id::Availability, "availability|stock|in stock|verfügbarkeit|disponibilité|disponibilidad|disponibilità|beschikbaarheid",
        "stock status|lagerbestand|lieferbarkeit|lieferstatus|lager|status|available|stock level|stock availability|product availability|voorraad|saadavus|pieejamība|tillgänglighet|saatavuus|dostępność|dostupnost|наличие|elérhetőség|état",
        "offers.availability|availability", "product:availability|og:availability"),
    product(Id::Plain, "description|product description|beschreibung|produktbeschreibung", "", "description", "og:description|description|twitter:description"),
    product(Id::Plain, "image|image url|picture|photo|bild", "", "image.url|image.contentUrl|image|image.thumbnail", "og:image|og:image:secure_url|twitter:image"),
    product(Id::Plain, "weight|gewicht|poids|peso|item weight|net weight", "product weight|nettogewicht|poids net|peso netto|nettogewicht|artikelgewicht", "weight", "product:weight"),
    product(Id::Plain, "color|colour|farbe|couleur|colore|kleur", "color name|farbton|coloris", "color", "product:color"),
    product(Id::Plain, "material|werkstoff|matière|materiale|materiaal", "materials|matériau|composition", "material", "product:material"),
    product(Id::Plain, "model|modell|modèle|modelo|modello", "model name", "model.name|model", ""),
    product(Id::Plain, "rating|average rating|bewertung", "", "aggregateRating.ratingValue", "og:rating"),
    product(Id::Plain, "review count|reviews|rating count|number of reviews", "", "aggregateRating.reviewCount|aggregateRating.ratingCount", "og:rating_count"),
    product(Id::Plain, "category|kategorie|catégorie|categoría|categoria", "", "category.name|category", "product:category"),
    product(Id::Plain, "condition|zustand|état du produit|item condition", "", "offers.itemCondition|itemCondition", "product:condition"),
    product(Id::Plain, "width|breite|largeur|ancho|larghezza|breedte", "", "width", ""),
    product(Id::Plain, "height|höhe|hauteur|alto|altezza|hoogte", "", "height", ""),
    product(Id::Plain, "depth|tiefe|profondeur|profundidad|profondità|diepte", "", "depth", ""),
    product(Id::Plain, "length|länge|longueur|longitud|lunghezza|lengte", "", "length", ""),
    organization(Id::OrganizationName, "org|organization|organisation|company|company name|firm|firma|business name|organization name|unternehmen",
        "firmenname|entreprise|empresa|azienda|bedrijf|bedrijfsnaam|nom de l entreprise|société", "name", "og:site_name|business:name|company"),
    organization(Id::LegalName, "legal name|registered name|firmierung|legal entity|raison sociale|razón social|ragione sociale", "company name|registered company name|registered office name|denominazione sociale|handelsname|statutaire naam", "legalName", ""),
    organization(Id::Telephone, "telephone|phone|tel|phone number|telefon|téléphone|teléfono|telefono|telefoon|telephone number",
        "telefonnummer|tél|fon|mobile|mobil|call us|call|hotline|toll free|puhelin|telefone|тел|телефон|phone no|tel no|office|main|direct|customer service|cell|ph|t|p",
        "telephone|contactPoint.telephone|phone|contactPoints.telephone|location.telephone", "business:contact_data:phone_number|og:phone_number|telephone|phone"),
    organization(Id::Fax, "fax|fax number|fax no|telefax|faxnummer|télécopie", "facsimile|fax #|telecopieur|télécopieur|f",
        "faxNumber|contactPoint.faxNumber", "business:contact_data:fax_number|og:fax_number|fax"),
    organization(Id::Email, "email|e mail|email address|mail|e mail adresse|courriel|correo|correo electrónico|posta elettronica", "e mail address|e mailadres|contact email|support",
        "email|contactPoint.email", "business:contact_data:email|og:email|email|reply-to"),
    organization(Id::Street, "street|street address|address line 1|straße|strasse|rue|calle|via|straat|address street", "anschrift|adresse",
        "address.streetAddress|location.address.streetAddress|streetAddress", "business:contact_data:street_address|og:street-address|og:street_address"),
    organization(Id::City, "city|town|locality|ort|stadt|ville|ciudad|città|plaats|stad|address locality", "",
        "address.addressLocality|location.address.addressLocality|addressLocality", "business:contact_data:locality|og:locality|city"),
    organization(Id::Region, "region|state|province|county|bundesland|région|provincia|provincie|address region", "",
        "address.addressRegion|location.address.addressRegion|addressRegion", "business:contact_data:region|og:region"),
    organization(Id::PostalCode, "postal code|zipcode|zip|zip code|postcode|plz|postleitzahl|code postal|código postal|cap|codice postale", "",
        "address.postalCode|location.address.postalCode|postalCode", "business:contact_data:postal_code|og:postal-code|og:postal_code|zipcode"),
    organization(Id::Country, "country|land|pays|país|paese|address country|country name", "",
        "address.addressCountry.name|address.addressCountry|location.address.addressCountry", "business:contact_data:country_name|og:country-name|og:country_name|country"),
    organization(Id::Website, "website|web|homepage|url|site|web site|internet|webseite|site web|sitio web|sito web", "www", "url", "business:contact_data:website"),
    organization(Id::Vat, "vat id|vat number|vat|ust id|ust id nr|ustidnr|umsatzsteuer id|tva|numéro de tva|nif|cif|partita iva|p iva|btw nummer|btw",
        "umsatzsteuer identifikationsnummer|umsatzsteueridentifikationsnummer|vat no|vat reg no|vat registration number|vat reg|n° tva|tva intracommunautaire|n° tva intracommunautaire|p.iva|btw nr|btw id|ust idnr|ust id nr|mwst nr|uid",
        "vatID|taxID", ""),
    organization(Id::Plain, "founded|founding date|year founded|gegründet|gründung|gründungsjahr|fondée en|fundada", "established|est|since|année de création|fondata nel|opgericht", "foundingDate", ""),
    organization(Id::Plain, "employees|number of employees|mitarbeiter|headcount|employés|empleados|dipendenti|medewerkers", "mitarbeiterzahl|company size|staff|effectif", "numberOfEmployees.value|numberOfEmployees", ""),
    article(Id::Headline, "headline|article title|titre|überschrift", "", "headline|name", "og:title|twitter:title"),
    article(Id::Plain, "authors|author|byline|autor|auteur|autore|writer|written by", "by|von|par|autoren", "author.name|author|creator.name|creator", "article:author_name|author|parsely-author|sailthru.author|citation_author|dc.creator|byl"),
    article(Id::Plain, "published|date published|publication date|publish date|date|published at|datum|veröffentlicht", "posted|posted on|published on|publié le|publicado|pubblicato",
        "datePublished|dateCreated|uploadDate", "article:published_time|og:article:published_time|parsely-pub-date|sailthru.date|date|dc.date|dcterms.created|citation_publication_date|pubdate|dc.date.issued"),
    article(Id::Plain, "modified|date modified|updated|last updated|updated at|aktualisiert", "last modified|mis à jour|actualizado|aggiornato|stand", "dateModified", "article:modified_time|og:updated_time|og:article:modified_time|dcterms.modified"),
    article(Id::Language, "language|in language|lang|sprache|langue|idioma|lingua|taal", "", "inLanguage", "language|og:locale"),
    article(Id::Plain, "publisher|verlag|éditeur|editorial|editore|uitgever", "", "publisher.name|publisher", "og:site_name|dc.publisher|publisher"),
];

/// `name`, `title` and their like mean what the brief is about.
const NAMES: &[&str] = &["name", "title", "nom", "nombre", "nome", "naam"];

/// The concept of this plain name in a brief of this theme.
pub(super) fn named(name: &str, theme: About) -> Option<&'static Concept> {
    if NAMES.contains(&name) {
        let id = match theme {
            About::Organization => Id::OrganizationName,
            About::Article => Id::Headline,
            About::Product => Id::ProductName,
            About::Any => return None,
        };
        return TABLE.iter().find(|concept| concept.id == id);
    }
    let mut named = TABLE.iter().filter(|concept| items(concept.names).any(|known| plain(known) == name));
    let first = named.next()?;
    std::iter::once(first).chain(named).find(|concept| concept.about == theme).or(Some(first))
}

pub(super) fn by_id(id: Id) -> Option<&'static Concept> {
    TABLE.iter().find(|concept| concept.id == id)
}

/// The concept of a field where the theme is not known yet.
pub(super) fn of_any(spec: &FieldSpec) -> Option<&'static Concept> {
    let mut names = std::iter::once(&spec.name).chain(&spec.aliases);
    names.find_map(|name| named(&plain(name), About::Any))
}
