//! The evidence pack: all that a page says, with the place of everything in it.
//!
//! Every offset counts Unicode code points of [`EvidencePack::visible`] (`end` exclusive), unless it is said to count in
//! a structured block's own text. Hidden, zero-width and comment text is gone before anything gets in here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::TextHash;

/// A half-open range of code points.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    Heading,
    Paragraph,
    ListItem,
    TableRow,
    Term,
    Definition,
    Preformatted,
    Other,
}

/// Where on the page a block stands, as far as its markup says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    #[default]
    Body,
    Main,
    Header,
    Navigation,
    Aside,
    Footer,
}

/// One visible block: a line of [`EvidencePack::visible`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    pub kind: BlockKind,
    pub span: Span,
    pub region: Region,
    /// 1 to 6 for headings, else 0.
    #[serde(default)]
    pub level: u8,
    /// The index of the heading block that it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<u32>,
    /// Whether the main-text rules keep it.
    #[serde(default)]
    pub main: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub text: String,
    pub span: Span,
    #[serde(default)]
    pub header: bool,
}

/// A table as a grid; cells that span rows or columns stand in each place that they cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// A label beside its value: a row of a spec table, a definition list, a `label: value` line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    pub label: Span,
    pub value: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    #[serde(rename = "json-ld")]
    JsonLd,
    Microdata,
    OpenGraph,
    Meta,
}

/// A block of structured data with a text of its own, which quotes from it count their offsets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StructuredBlock {
    /// Its index on the page.
    pub block: u32,
    pub syntax: Syntax,
    /// JSON-LD: the script's text. Others: a line for each property, `name: value`.
    pub text: String,
    /// What the block says: schema.org objects, or a map of properties.
    pub data: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Absolute and canonical; http(s), or `tel:` and `mailto:`.
    pub href: String,
    pub text: String,
    pub region: Region,
    /// The anchor's place in the visible text, if it has a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The page does not vouch for it: `rel` says nofollow, ugc or sponsored.
    #[serde(default)]
    pub nofollow: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageType {
    Product,
    Listing,
    Article,
    Company,
    /// A challenge, login, consent wall, parked domain or error page.
    NotContent,
    #[default]
    Other,
}

/// All that a page says. Built once for a text hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidencePack {
    /// The version of the extractor that made it.
    pub extractor: String,
    pub text_hash: TextHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// BCP 47, as the page says or as its text shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    pub page_type: PageType,
    /// `rel=canonical`, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// `<meta name=robots>`, or the same under our own name, says that links are not to be followed.
    #[serde(default)]
    pub nofollow: bool,
    /// All visible text: one line for each block.
    pub visible: String,
    pub blocks: Vec<Block>,
    pub tables: Vec<Table>,
    pub pairs: Vec<Pair>,
    pub structured: Vec<StructuredBlock>,
    pub links: Vec<Link>,
    /// Something was cut at a cap.
    #[serde(default)]
    pub truncated: bool,
}

impl EvidencePack {
    /// The lines that the main-text rules keep.
    pub fn main_text(&self) -> String {
        let lines: Vec<&str> = self.visible.lines().collect();
        let mut text = String::new();
        for (block, line) in self.blocks.iter().zip(lines) {
            if block.main {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}
