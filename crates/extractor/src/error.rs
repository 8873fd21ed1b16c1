//! How far the extractor goes, and why it may not.

use gleaner_contract::UrlReason;

/// Why bytes have no evidence pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("content of type `{0}` is not read")]
    UnsupportedType(String),
    #[error("page says nothing")]
    Empty,
    #[error("page is nested or broken beyond the limits")]
    Unparsable,
}

impl PackError {
    /// The reason that the ledger gives for the page.
    pub fn reason(&self) -> UrlReason {
        match self {
            Self::UnsupportedType(_) => UrlReason::UnsupportedType,
            Self::Empty => UrlReason::EmptyPage,
            Self::Unparsable => UrlReason::Unparsable,
        }
    }
}

/// Where the extractor cuts. What is cut is told by the pack's `truncated`; a cut is the same for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackLimits {
    /// Bytes of text after decoding the charset.
    pub text_bytes: usize,
    pub nodes: usize,
    /// Nested elements.
    pub depth: u32,
    /// Code points of the visible text.
    pub visible: u32,
    pub links: usize,
    pub pairs: usize,
    /// Cells of all tables together, spanned ones counted at each place.
    pub cells: usize,
    pub structured_blocks: usize,
    /// Bytes of all structured texts together.
    pub structured_bytes: usize,
}

impl Default for PackLimits {
    fn default() -> Self {
        Self {
            text_bytes: 16 << 20,
            nodes: 400_000,
            depth: 1024,
            visible: 4_000_000,
            links: 10_000,
            pairs: 10_000,
            cells: 50_000,
            structured_blocks: 1000,
            structured_bytes: 4 << 20,
        }
    }
}
