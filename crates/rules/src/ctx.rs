//! What every source reads from.

use crate::{
    address::Addresses, concepts::About, doc::Doc, entity::Entities, page_names::PageNames, subject::Subjects,
};

#[derive(Debug)]
pub(crate) struct Ctx<'d> {
    pub(crate) doc: &'d Doc<'d>,
    pub(crate) addresses: &'d Addresses,
    pub(crate) theme: About,
    pub(crate) names: &'d PageNames,
    pub(crate) entities: &'d Entities<'d>,
    pub(crate) subjects: &'d Subjects<'d>,
}
