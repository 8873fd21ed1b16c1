//! The extract stage: evidence packs and the rules tier.
//!
//! [`build_pack`] turns the bytes of a page into all that it says, with the place of everything. It is pure: the same
//! bytes, header and address give the same pack, so that a stored capture can be read again and compared. [`judge_page`]
//! tells besides whether the page is content at all.

mod charset;
mod content_hosts;
mod dom;
mod error;
mod events;
mod frontier;
mod language;
mod lines;
mod links;
mod main_text;
mod not_content;
mod pack;
mod page_type;
mod pairs;
mod plain;
mod region;
mod sniff;
mod stage;
mod structured;
mod survey;
mod table;
mod text_hash;
mod walk;
mod words;

pub use charset::{CharsetSource, Decoded, decode};
pub use content_hosts::ContentHosts;
pub use error::{PackError, PackLimits};
pub use not_content::{Kind as NotContentKind, NotContent};
pub use pack::{EXTRACTOR_VERSION, Judged, build_pack, judge_page, layer_text};
pub use stage::ExtractStage;
