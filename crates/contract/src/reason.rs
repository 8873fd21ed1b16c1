//! The closed lists of reasons. A reason is a code for machines; its words for people live with the records.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{amounts::Counter, closed::closed_list};

closed_list!(
    /// Why a URL ended as it did.
    UrlReason {
        // fetched
        /// Never seen before by this tenant.
        New = "new",
        /// Its text differs from the last capture's.
        Changed = "changed",
        /// The server sent the same bytes again; nothing ran.
        SameBytes = "same_bytes",
        /// Other bytes, the same text: the pack was reused.
        SameText = "same_text",
        // reused
        /// The server said 304.
        NotModified = "not_modified",
        /// A capture newer than the job asks for was at hand.
        Fresh = "fresh",
        /// Read from stored captures by request, without the network.
        Offline = "offline",
        // failed
        HttpStatus = "http_status",
        Timeout = "timeout",
        Connect = "connect",
        Dns = "dns",
        Tls = "tls",
        Protocol = "protocol",
        BodyTooLarge = "body_too_large",
        CompressionRatio = "compression_ratio",
        HeadersTooLarge = "headers_too_large",
        BadEncoding = "bad_encoding",
        TooManyRedirects = "too_many_redirects",
        RedirectLoop = "redirect_loop",
        TooSlow = "too_slow",
        UnsupportedType = "unsupported_type",
        EmptyPage = "empty_page",
        /// The page is nested, large or broken beyond the extractor's limits.
        Unparsable = "unparsable",
        /// What it should have read had left the cache, as often as a page is tried.
        EvidenceExpired = "evidence_expired",
        /// Its report never came, and its job's time or attempts were over.
        Lost = "lost",
        /// It brought its workers down too often.
        Poison = "poison",
        Internal = "internal",
        /// Not among the stored captures, and the network was not to be used.
        NotStored = "not_stored",
        /// A model was to read it, and no provider is configured.
        NoProvider = "no_provider",
        /// A browser was to fetch it, and none is configured.
        NoBrowser = "no_browser",
        // failed: what came with a good status is not content
        /// A page that asks whether a browser or a person is there, or says that we are taken for a robot.
        Challenge = "challenge",
        /// A page that asks for an account, and shows nothing else.
        LoginWall = "login_wall",
        /// A page that asks for consent before it shows anything.
        ConsentWall = "consent_wall",
        /// A domain without a site: parked, for sale, or a server as it was installed.
        ParkedDomain = "parked_domain",
        /// An error page that came with a good status.
        SoftError = "soft_error",
        // skipped
        Robots = "robots",
        RobotsUnreachable = "robots_unreachable",
        RefusedAddress = "refused_address",
        RefusedPort = "refused_port",
        RefusedScheme = "refused_scheme",
        BadUrl = "bad_url",
        OutOfScope = "out_of_scope",
        TooDeep = "too_deep",
        FrontierFull = "frontier_full",
        /// Its address has the shape of an endless space: overlong, nested, or going round.
        Trap = "trap",
        /// As many pages as a job reads below one path are in its frontier.
        PrefixBudget = "prefix_budget",
        /// As many variants of one page (filters, dates, page numbers) as a job reads are in its frontier.
        VariantBudget = "variant_budget",
        /// The same page is known by another session, or without what tells where a visitor came from.
        SamePage = "same_page",
        /// Pages beside it kept saying what others had said.
        NearDuplicate = "near_duplicate",
        NotAPage = "not_a_page",
        /// Nothing about the link suggests a wanted field.
        Irrelevant = "irrelevant",
        FieldsResolved = "fields_resolved",
        BudgetUrls = "budget.urls",
        BudgetBytes = "budget.bytes",
        BudgetSeconds = "budget.seconds",
        BudgetOther = "budget.other",
        Cancelled = "cancelled",
    }
);

closed_list!(
    /// Why a field is null, or why its value was not published.
    FieldReason {
        NoCandidate = "no_candidate",
        NoPageRead = "no_page_read",
        /// Only a model can fill it (classified or composed), and none is configured.
        NoModel = "no_model",
        /// Sources disagree.
        Disagreement = "disagreement",
        /// The only candidates were about another subject.
        OtherSubject = "other_subject",
        /// A candidate from a page that does not show whether it is about the target.
        SubjectUnknown = "subject_unknown",
        /// A candidate whose value does not parse out of its quote, or whose quote was not found.
        QuoteNotVerified = "quote_not_verified",
        Budget = "budget",
        Cancelled = "cancelled",
    }
);

closed_list!(
    /// Why an input row or target was rejected before any work.
    RejectReason {
        BadUrl = "bad_url",
        RefusedUrl = "refused_url",
        UnknownKey = "unknown_key",
        UnknownUnit = "unknown_unit",
        UnknownCountry = "unknown_country",
        UnknownCurrency = "unknown_currency",
        UnknownSchema = "unknown_schema",
        BadValue = "bad_value",
        BadRow = "bad_row",
        DuplicateId = "duplicate_id",
        Empty = "empty",
    }
);

/// Why a job stopped, written `fields_resolved`, `budget.urls`, `total.money`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StopReason {
    FieldsResolved,
    FrontierExhausted,
    NoPageRead,
    NoSeed,
    Cancelled,
    /// The job's own budget left no room for this counter.
    Budget(Counter),
    /// The budget of the whole submission left no room for this counter.
    Total(Counter),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldsResolved => f.write_str("fields_resolved"),
            Self::FrontierExhausted => f.write_str("frontier_exhausted"),
            Self::NoPageRead => f.write_str("no_page_read"),
            Self::NoSeed => f.write_str("no_seed"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Budget(counter) => write!(f, "budget.{counter}"),
            Self::Total(counter) => write!(f, "total.{counter}"),
        }
    }
}

impl FromStr for StopReason {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let counter = |name| Counter::known(name).ok_or_else(|| format!("`{code}` is not a stop reason"));
        match code.split_once('.') {
            Some(("budget", name)) => counter(name).map(Self::Budget),
            Some(("total", name)) => counter(name).map(Self::Total),
            _ => match code {
                "fields_resolved" => Ok(Self::FieldsResolved),
                "frontier_exhausted" => Ok(Self::FrontierExhausted),
                "no_page_read" => Ok(Self::NoPageRead),
                "no_seed" => Ok(Self::NoSeed),
                "cancelled" => Ok(Self::Cancelled),
                _ => Err(format!("`{code}` is not a stop reason")),
            },
        }
    }
}

impl Serialize for StopReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StopReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for StopReason {
    fn schema_name() -> Cow<'static, str> {
        "StopReason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["fields_resolved", "budget.urls", "total.money"] })
    }
}

#[cfg(test)]
mod tests;
