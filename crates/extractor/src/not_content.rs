//! Pages that came with a good status and are no content: bot challenges, login and consent walls, parked domains, error
//! pages.
//!
//! Cautious, since what is taken for one feeds no field: markup that is on such pages alone, or a title that says so, and
//! in either case next to nothing else. A page with a consent banner, a login link or a captcha in a form is content, and so
//! is one about such pages. It sees a page's text and markup; statuses and headers are the fetcher's.

mod challenge;
mod consent;
mod login;
mod look;
mod marks;
mod parked;
mod phrases;
mod soft_error;

use std::fmt;

use gleaner_contract::{ErrorClass, UrlReason, pack::PageType};

use look::Look;
pub(crate) use look::Signs;

/// What a page is that is no content, and what tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotContent {
    pub kind: Kind,
    /// For people; it repeats nothing that the page says but phrases that are known.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Challenge,
    Login,
    Consent,
    Parked,
    Error,
}

impl Kind {
    /// The reason that the ledger gives for the page.
    pub fn reason(self) -> UrlReason {
        match self {
            Self::Challenge => UrlReason::Challenge,
            Self::Login => UrlReason::LoginWall,
            Self::Consent => UrlReason::ConsentWall,
            Self::Parked => UrlReason::ParkedDomain,
            Self::Error => UrlReason::SoftError,
        }
    }

    /// Whether it may be another page the next time.
    pub fn class(self) -> ErrorClass {
        match self {
            Self::Challenge | Self::Consent => ErrorClass::Transient,
            Self::Login | Self::Parked | Self::Error => ErrorClass::Permanent,
        }
    }
}

impl fmt::Display for NotContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Says why a page is no content.
type Recogniser = fn(&Look<'_>) -> Option<String>;

/// What the page is, where it is no content.
pub(crate) fn judge(signs: Signs<'_>) -> Option<NotContent> {
    // what tells machines of a product or an article has one
    if matches!(signs.page_type, PageType::Product | PageType::Article | PageType::Listing) {
        return None;
    }
    let look = Look::at(signs)?;
    let tried: [(Kind, Recogniser); 5] = [
        (Kind::Challenge, challenge::why),
        (Kind::Parked, parked::why),
        (Kind::Consent, consent::why),
        (Kind::Login, login::why),
        (Kind::Error, soft_error::why),
    ];
    tried.into_iter().find_map(|(kind, why)| Some(NotContent { kind, why: why(&look)? }))
}

#[cfg(test)]
mod tests;
