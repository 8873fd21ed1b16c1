//! Reading one page: resolves the wanted fields, asks each source, keeps what verifies.

use gleaner_contract::{
    Brief, Confidence, EvidencePack, Finding, MainEntity, Page, SubjectMatch, pack::PageType,
};

use crate::{
    address::{self, Addresses},
    candidate::Candidate,
    concepts::About,
    contact,
    ctx::Ctx,
    doc::Doc,
    entity::Entities,
    heading, labelled, meta, organization, page_limit,
    page_names::PageNames,
    price, stock, structured,
    subject::Subjects,
    wanted::{Wanted, wanted},
};

/// Distinct values told of a scalar field and of an array field.
const MAX_SCALARS: usize = 4;
const MAX_ITEMS: usize = 60;
/// Below this a finding may be one of many of its kind.
const TELLING: Confidence = Confidence::hundredths(70);

/// What a page says of the wanted fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    pub findings: Vec<Finding>,
    /// Whether the page is about the target at all.
    pub subject: SubjectMatch,
    /// What the page itself says that it is about, where the brief names no subject and the page has one main entity.
    pub main_entity: Option<MainEntity>,
}

/// Reads the wanted fields out of a page. Every finding's quote stands verbatim at its offsets and supports its value.
pub fn read(pack: &EvidencePack, brief: &Brief, page: &Page) -> Reading {
    if pack.page_type == PageType::NotContent {
        return Reading::default();
    }
    let doc = Doc::new(pack, page, &brief.subject);
    let (fields, theme) = wanted(brief);
    let entities = Entities::of(&doc);
    let names = PageNames::of(&doc);
    let subjects = Subjects::of(&doc, &entities, &names, &brief.subject, theme);
    let addresses = if fields.iter().any(|wanted| wanted.about() == About::Organization) {
        Addresses::of(doc.scanned(), doc.hints.country)
    } else {
        Addresses::default()
    };
    let ctx = Ctx {
        doc: &doc,
        theme,
        addresses: &addresses,
        names: &names,
        entities: &entities,
        subjects: &subjects,
    };

    let limit = page_limit::limit(&doc, &names);
    let findings: Vec<Finding> = fields.iter().flat_map(|wanted| of_field(&ctx, wanted, limit)).collect();
    let headed = || subjects.headed_entity(&doc, &entities, &names, &brief.subject, theme);
    let main_entity = subjects
        .main_entity(&entities, &brief.subject, theme)
        .or_else(|| headed().filter(|_| is_of_one_thing(&fields, &findings)));
    Reading { findings, subject: subjects.best(), main_entity }
}

/// Whether what was found is such as pages of one product or article say it.
fn is_of_one_thing(fields: &[Wanted<'_>], findings: &[Finding]) -> bool {
    fields.iter().filter(|wanted| wanted.tells_of_one()).any(|wanted| {
        let mut own = findings.iter().filter(|finding| finding.field == wanted.spec.name);
        own.any(|finding| finding.confidence >= TELLING)
    })
}

fn of_field(ctx: &Ctx<'_>, wanted: &Wanted<'_>, limit: u32) -> Vec<Finding> {
    let mut candidates: Vec<Candidate> = Vec::new();
    structured::read(ctx, wanted, &mut candidates);
    meta::read(ctx, wanted, &mut candidates);
    labelled::read(ctx, wanted, limit, &mut candidates);
    heading::read(ctx, wanted, limit, &mut candidates);
    price::read(ctx, wanted, limit, &mut candidates);
    stock::read(ctx, wanted, limit, &mut candidates);
    contact::read(ctx, wanted, &mut candidates);
    address::read(ctx, wanted, &mut candidates);
    organization::read(ctx, wanted, &mut candidates);
    candidates.sort_by_key(|candidate| std::cmp::Reverse((candidate.subject, candidate.confidence)));
    let most = if wanted.spec.array { MAX_ITEMS } else { MAX_SCALARS };
    let mut findings: Vec<Finding> = Vec::new();
    for candidate in candidates {
        if findings.len() < most
            && !findings.iter().any(|known| known.value == candidate.value)
            && let Some(finding) = candidate.verified(wanted, ctx.doc)
        {
            findings.push(finding);
        }
    }
    findings
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
