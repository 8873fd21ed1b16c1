//! Marks in the markup: what scripts, frames and forms load, say and are called on pages of this kind and on no others.
//!
//! Makers of challenges put scripts of theirs on ordinary pages, too; a plain mark here is one of the challenge itself.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use html5ever::local_name;

use super::Kind::{self, Challenge, Consent, Login, Parked};
use crate::dom::{DOCUMENT, Data, Dom, Element, NONE, NodeId};

/// Of one script, and of all of them together, in bytes.
const MAX_SCRIPT: usize = 64 << 10;
const MAX_SCRIPTS: usize = 512 << 10;
/// Of an address.
const MAX_SOURCE: usize = 4 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// On pages of this kind and on no others.
    Plain,
    /// On others, too: tells where a page says and loads nothing else.
    Faint,
    /// Something that visitors solve, on a page that may be about anything.
    Puzzle,
}

use Strength::{Faint, Plain, Puzzle};

/// A mark: whose page it is of, what it is told as, and how it is written.
type Known = (Kind, Strength, &'static str, &'static str);

/// In addresses of scripts, frames, forms and refreshes, and in the text of scripts.
const WRITTEN: &[Known] = &[
    (Challenge, Plain, "Cloudflare challenge", "_cf_chl_opt"),
    (Challenge, Plain, "Cloudflare challenge", "/orchestrate/chl_page"),
    (Challenge, Plain, "Cloudflare challenge", "/orchestrate/jsch"),
    (Challenge, Plain, "Cloudflare challenge", "/orchestrate/managed"),
    (Challenge, Plain, "Cloudflare challenge", "/orchestrate/captcha"),
    (Challenge, Plain, "Cloudflare challenge", "__cf_chl_"),
    (Challenge, Plain, "DataDome challenge", "captcha-delivery.com"),
    (Challenge, Plain, "HUMAN challenge", "captcha.px-cdn.net"),
    (Challenge, Plain, "HUMAN challenge", "captcha.px-cloud.net"),
    (Challenge, Plain, "HUMAN challenge", "px-captcha"),
    (Challenge, Plain, "HUMAN challenge", "_pxBlockedUrl"),
    (Challenge, Plain, "Akamai challenge", "/_sec/cp_challenge"),
    (Challenge, Plain, "Akamai challenge", "bm-verify="),
    (Challenge, Plain, "Akamai challenge", "triggerInterstitialChallenge"),
    (Challenge, Plain, "Imperva challenge", "_Incapsula_Resource?CWUDNSAI"),
    (Challenge, Plain, "Imperva challenge", "reeseSkipExpirationCheck"),
    (Challenge, Faint, "Imperva challenge", "_Incapsula_Resource"),
    (Challenge, Plain, "AWS WAF challenge", "gokuProps"),
    (Challenge, Plain, "AWS WAF challenge", "AwsWafIntegration.saveReferrer"),
    (Challenge, Faint, "AWS WAF challenge", "awsWafCookieDomainList"),
    (Challenge, Faint, "AWS WAF challenge", ".awswaf.com/"),
    (Challenge, Plain, "Sucuri challenge", "sucuri_cloudproxy"),
    (Challenge, Plain, "Anubis challenge", "/.within.website/x/cmd/anubis"),
    (Challenge, Plain, "SiteGround challenge", "/.well-known/sgcaptcha"),
    (Challenge, Plain, "Vercel challenge", "/.well-known/vercel/security/"),
    (Challenge, Plain, "Fastly challenge", "/_fs-ch-"),
    (Challenge, Plain, "StackPath challenge", "/sbbi/?sbbpg="),
    (Challenge, Plain, "reCAPTCHA challenge page", "recaptcha/challengepage"),
    (Challenge, Plain, "Amazon challenge", "/errors/validateCaptcha"),
    (Challenge, Plain, "Yandex challenge", "/checkcaptcha"),
    (Challenge, Plain, "Alibaba challenge", "_____tmd_____"),
    (Challenge, Plain, "Alibaba challenge", "x5secdata"),
    (Challenge, Plain, "cookie test", "slowAES.decrypt"),
    (Challenge, Faint, "Kasada challenge", "KPSDK"),
    (Challenge, Faint, "F5 challenge", "/TSPD/"),
    (Challenge, Faint, "Qrator challenge", "__qrator"),
    (Challenge, Faint, "DDoS-Guard challenge", "/.well-known/ddos-guard/"),
    (Challenge, Faint, "Reblaze challenge", "rbzns"),
    (Parked, Plain, "adverts for parked domains", "adsense/domains/caf.js"),
    (Parked, Plain, "parking by ParkingCrew", "parkingcrew.net"),
    (Parked, Plain, "parking by Team Internet", "d38psrni17bvxu.cloudfront.net"),
    (Parked, Plain, "parking by Sedo", "sedoparking.com"),
    (Parked, Plain, "parking by Bodis", "bodis.com"),
    (Parked, Plain, "parking by ParkLogic", "parklogic.com"),
    (Parked, Plain, "parking by GoDaddy", "parking-lander"),
    (Parked, Plain, "parking by GoDaddy", "LANDER_SYSTEM"),
    (Parked, Plain, "parking by Namecheap", "parkingpage.namecheap.com"),
    (Parked, Plain, "parking by Skenzo", "skenzo.com"),
    (Parked, Plain, "parking by Ztomy", "ztomy.com"),
    (Parked, Faint, "parking by GoDaddy", "\"/lander\""),
    (Parked, Faint, "parking by Bodis", "window.park ="),
    (Consent, Plain, "consent form of Google", "consent.google."),
    (Consent, Plain, "consent form of YouTube", "consent.youtube."),
    (Consent, Plain, "consent form of Yahoo", "/collectConsent"),
    (Consent, Plain, "consent form of Yahoo", "guce.yahoo.com"),
];

/// Words of ids, classes and names.
const CALLED: &[Known] = &[
    (Challenge, Plain, "Cloudflare challenge", "cf-challenge-running"),
    (Challenge, Plain, "Cloudflare challenge", "challenge-error-text"),
    (Challenge, Plain, "Cloudflare challenge", "cf-browser-verification"),
    (Challenge, Plain, "Cloudflare block", "cf-error-details"),
    (Challenge, Plain, "HUMAN challenge", "px-captcha"),
    (Challenge, Plain, "HUMAN challenge", "px-captcha-wrapper"),
    (Challenge, Plain, "Akamai challenge", "sec-if-cpt-container"),
    (Challenge, Plain, "Akamai challenge", "sec-cpt-if"),
    (Challenge, Plain, "AWS WAF challenge", "gokuProps"),
    (Challenge, Plain, "Anubis challenge", "anubis_challenge"),
    (Challenge, Faint, "AWS WAF challenge", "challenge-container"),
    (Challenge, Puzzle, "captcha and nothing else", "g-recaptcha"),
    (Challenge, Puzzle, "captcha and nothing else", "h-captcha"),
    (Challenge, Puzzle, "captcha and nothing else", "cf-turnstile"),
    (Challenge, Puzzle, "captcha and nothing else", "frc-captcha"),
    (Challenge, Puzzle, "captcha and nothing else", "smart-captcha"),
    (Challenge, Puzzle, "captcha and nothing else", "geetest_captcha"),
    (Login, Plain, "form for the password of a post", "post-password-form"),
    (Login, Plain, "form for the password of a shop", "storefront-password-form"),
];

static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(WRITTEN.iter().map(|(_, _, _, written)| written)).expect("few and short enough")
});

/// The marks of a page, and what else its markup has.
#[derive(Debug, Default)]
pub(super) struct Marks {
    found: Vec<&'static Known>,
    /// Scripts and styles that are loaded and belong to no mark.
    pub(super) loads: u32,
    /// Fields that a visitor fills in, passwords aside.
    pub(super) fields: u32,
    pub(super) passwords: u32,
    /// Whether a field asks for who one is.
    pub(super) asks_who: bool,
    /// A script sets a cookie and loads the page anew.
    pub(super) reloads: bool,
    scripts: usize,
}

impl Marks {
    pub(super) fn of(dom: &Dom) -> Self {
        let mut marks = Self::default();
        let mut id = dom.node(DOCUMENT).first;
        while id != NONE {
            let node = dom.node(id);
            let mut below = node.first;
            if let Data::Element(element) = &node.data {
                marks.note(dom, id, element);
                // what stands there is for others than us
                if matches!(element.name(), local_name!("noscript") | local_name!("template")) {
                    below = NONE;
                }
            }
            id = if below == NONE { dom.after(id, DOCUMENT) } else { below };
        }
        marks
    }

    /// What a mark is told as.
    pub(super) fn first(&self, kind: Kind, strength: Strength) -> Option<&'static str> {
        let found = self.found.iter().find(|(of, how, _, _)| *of == kind && *how == strength);
        found.map(|(_, _, told, _)| *told)
    }

    fn note(&mut self, dom: &Dom, id: NodeId, element: &Element) {
        let attr = |name| element.attr(&name).unwrap_or("").trim_ascii();
        for words in [attr(local_name!("id")), attr(local_name!("class")), attr(local_name!("name"))] {
            for word in words.split_ascii_whitespace() {
                let known = CALLED.iter().find(|(_, _, _, called)| *called == word);
                self.found.extend(known.filter(|known| !self.found.contains(known)));
            }
        }
        match element.name() {
            local_name!("script") => {
                let source = attr(local_name!("src"));
                self.loads += u32::from(!source.is_empty() && !self.written(source, MAX_SOURCE));
                if source.is_empty() && self.scripts < MAX_SCRIPTS {
                    let text = dom.raw_text(id);
                    self.scripts += text.len();
                    self.written(&text, MAX_SCRIPT);
                    self.reloads |= text.len() <= MAX_SCRIPT && sets_cookie_and_reloads(&text);
                }
            }
            local_name!("link") => {
                let rel = attr(local_name!("rel"));
                let is_style = rel.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("stylesheet"));
                self.loads += u32::from(is_style && !self.written(attr(local_name!("href")), MAX_SOURCE));
            }
            local_name!("iframe") | local_name!("frame") | local_name!("img") => {
                self.written(attr(local_name!("src")), MAX_SOURCE);
            }
            local_name!("form") => {
                self.written(attr(local_name!("action")), MAX_SOURCE);
            }
            local_name!("meta") if attr(local_name!("http-equiv")).eq_ignore_ascii_case("refresh") => {
                self.written(attr(local_name!("content")), MAX_SOURCE);
            }
            // where a captcha writes its answer, once it has run
            local_name!("textarea") if attr(local_name!("name")).ends_with("captcha-response") => {}
            local_name!("textarea") | local_name!("select") => self.fields += 1,
            local_name!("input") => self.input(element),
            _ => {}
        }
    }

    fn input(&mut self, element: &Element) {
        let attr = |name| element.attr(&name).unwrap_or("").trim_ascii().to_ascii_lowercase();
        let kind = attr(local_name!("type"));
        match kind.as_str() {
            "password" => self.passwords += 1,
            "hidden" | "submit" | "button" | "image" | "reset" | "checkbox" | "radio" => {}
            _ => self.fields += 1,
        }
        let called = [attr(local_name!("name")), attr(local_name!("id")), attr(local_name!("autocomplete"))];
        let asks = |word: &String| {
            ["email", "user", "username", "login", "identifier", "account", "userid"].contains(&word.as_str())
        };
        self.asks_who |= kind == "email" || called.iter().any(asks);
    }

    /// Notes what is written here; whether anything was.
    fn written(&mut self, text: &str, cap: usize) -> bool {
        let text = &text[..text.floor_char_boundary(cap)];
        let mut any = false;
        for found in AUTOMATON.find_overlapping_iter(text) {
            let known = &WRITTEN[found.pattern().as_usize()];
            any = true;
            // one that is there a thousand times says no more than one
            if !self.found.contains(&known) {
                self.found.push(known);
            }
        }
        any
    }
}

/// Whether a script does what a test for cookies does.
fn sets_cookie_and_reloads(script: &str) -> bool {
    script.contains("document.cookie")
        && ["location.reload", "location.replace", "location.href", "location=", "location ="]
            .iter()
            .any(|reload| script.contains(reload))
}
