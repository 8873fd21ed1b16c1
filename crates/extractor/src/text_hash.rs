//! The hash of what a page says. Scripts, classes, nonces and hidden inputs are not in it; prices and phone links are.
//!
//! It covers every text that offsets count in, letter by letter, so that a pack may be used for another capture of the
//! same hash; and beside them every link target, and whether the page forbids to follow them.

use gleaner_contract::{EvidencePack, TextHash, pack::Syntax};

pub(crate) fn text_hash(pack: &EvidencePack) -> TextHash {
    let mut parts: Vec<&[u8]> = vec![b"visible", pack.visible.as_bytes()];
    for block in &pack.structured {
        parts.push(match block.syntax {
            Syntax::JsonLd => b"json-ld",
            Syntax::Microdata => b"microdata",
            Syntax::OpenGraph => b"opengraph",
            Syntax::Meta => b"meta",
        });
        parts.push(block.text.as_bytes());
    }
    for link in &pack.links {
        parts.extend([b"link", link.href.as_bytes(), link.text.as_bytes()]);
    }
    if pack.nofollow {
        parts.push(b"nofollow");
    }
    TextHash::of_parts(parts)
}
