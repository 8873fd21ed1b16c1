//! Login walls: pages that ask for an account or a password, and show nothing else.

use super::{Kind::Login, look::Look, marks::Strength::Plain, phrases::LOGIN};

/// What such a page may say at most, in code points: in all, and where content stands.
const MAX_POINTS: u32 = 5000;
const MAX_BODY: u32 = 1500;
const MAX_PROSE: u32 = 700;
/// The same where content stands, if only a heading tells.
const MAX_HEADED: u32 = 400;
/// The same for one that asks who one is, and for no password yet.
const MAX_STEP: u32 = 600;
const MAX_STEP_FIELDS: u32 = 2;

/// Parts of the paths of login pages.
const PATHS: &[&str] = &[
    "login",
    "log-in",
    "log_in",
    "logon",
    "signin",
    "sign-in",
    "sign_in",
    "wp-login.php",
    "login.php",
    "login.aspx",
    "login.html",
    "signin.php",
    "sso",
    "oauth",
    "authorize",
    "anmelden",
    "anmeldung",
    "connexion",
    "inloggen",
    "logowanie",
];

/// The same, where nothing but such pages has them.
const WALLS: &[&str] = &["authwall", "checkpoint"];

/// First labels of hosts that know who one is.
const HOSTS: &[&str] = &["login", "accounts", "auth", "sso", "signin", "idp"];

pub(super) fn why(look: &Look<'_>) -> Option<String> {
    if look.points > MAX_POINTS || look.body > MAX_BODY || look.prose > MAX_PROSE {
        return None;
    }
    let marks = look.marks();
    if let Some(told) = marks.first(Login, Plain).filter(|_| marks.passwords > 0) {
        return Some(told.to_owned());
    }
    let titled = LOGIN.begun_in(&look.title);
    // a form that is hidden until it is needed has a heading, too
    let headed = || look.headed(|pieces| LOGIN.begun_in(pieces)).filter(|_| look.body <= MAX_HEADED);
    let host = look.host().split('.').next().unwrap_or_default();
    let addressed = look.path_has(PATHS) || HOSTS.contains(&host);
    if look.path_has(WALLS) && (marks.asks_who || titled.is_some()) {
        return Some("address of a login wall".to_owned());
    }
    // many a shop hides a form in each of its pages
    if look.has_contact() {
        return None;
    }
    if marks.passwords > 0 {
        let said = titled.or_else(headed);
        return match said {
            Some(said) => Some(format!("asks for a password under `{said}`")),
            None => addressed.then(|| "asks for a password at an address for logins".to_owned()),
        };
    }
    let is_step = marks.asks_who && marks.fields <= MAX_STEP_FIELDS && look.body <= MAX_STEP;
    let is_login = is_step && addressed && titled.or_else(headed).is_some();
    is_login.then(|| "asks who one is at an address for logins".to_owned())
}
