//! The same pages in many languages.

use super::*;

/// A page with a title and next to nothing else.
#[track_caller]
fn check(title: &str, reason: UrlReason) {
    let url = "https://a.example/x";
    let html = format!("<title>{title} | Acme</title><h1>{title}</h1><p>Acme</p>");
    assert_eq!(judged_at(url, &html).map(|found| found.kind.reason()), Some(reason), "{title}");
    let html = format!("<title>Acme</title><h1>{title}</h1><p>Acme</p>");
    assert_eq!(judged_at(url, &html).map(|found| found.kind.reason()), Some(reason), "{title}, in a heading");
}

#[test]
fn error_pages_are_known_in_many_languages() {
    for title in [
        "Page Not Found",
        "Seite nicht gefunden",
        "Page introuvable",
        "Página no encontrada",
        "Pagina non trovata",
        "Página não encontrada",
        "Pagina niet gevonden",
        "Nie znaleziono strony",
        "Stránka nenalezena",
        "Sidan hittades inte",
        "Siden blev ikke fundet",
        "Fant ikke siden",
        "Sivua ei löytynyt",
        "Az oldal nem található",
        "Pagina nu a fost găsită",
        "Η σελίδα δεν βρέθηκε",
        "Страница не найдена",
        "Сторінку не знайдено",
        "Sayfa bulunamadı",
        "الصفحة غير موجودة",
        "הדף לא נמצא",
        "Không tìm thấy trang",
        "Halaman tidak ditemukan",
        "ページが見つかりません",
        "页面不存在",
        "페이지를 찾을 수 없습니다",
    ] {
        check(title, UrlReason::SoftError);
    }
}

#[test]
fn challenges_are_known_in_many_languages() {
    for title in [
        "Just a moment...",
        "Nur einen Moment…",
        "Un instant…",
        "Un momento…",
        "Só um momento…",
        "Even geduld…",
        "Cierpliwości…",
        "Ett ögonblick…",
        "Один момент…",
        "Bir dakika lütfen…",
        "しばらくお待ちください...",
        "请稍候…",
        "잠시만 기다리십시오…",
        "لحظة…",
    ] {
        check(title, UrlReason::Challenge);
    }
}

#[test]
fn login_walls_are_known_in_many_languages() {
    for title in [
        "Sign in",
        "Anmelden",
        "Connexion",
        "Iniciar sesión",
        "Accedi",
        "Inloggen",
        "Вход",
        "Giriş Yap",
        "ログイン",
        "登录",
        "로그인",
    ] {
        let html = format!(
            "<title>{title} - Acme</title><form><input name=u><input type=password></form><p>Acme</p>"
        );
        let found = judged_at("https://a.example/x", &html);
        assert_eq!(found.map(|found| found.kind.reason()), Some(UrlReason::LoginWall), "{title}");
    }
}
