use std::sync::Arc;

use gleaner_contract::{
    Amounts, Brief, CaptureMeta, ContentHash, FieldSpec, JobId, Lane, Links, Page, Scope, SubjectMatch,
    TaskId, Tenant, Ticket, Timestamp, capture::Arrival,
};
use gleaner_ports::{CacheKey, SystemClock, evidence::MemoryCache};

use super::*;

const URL: &str = "https://acme.example/";

struct Site {
    stage: ExtractStage,
    store: EvidenceStore,
    cache: Arc<MemoryCache>,
}

impl Site {
    fn new() -> Self {
        let cache = Arc::new(MemoryCache::new());
        let store = EvidenceStore::new(cache.clone());
        Self { stage: ExtractStage::new(store.clone(), Arc::new(SystemClock)), store, cache }
    }

    /// The same, where the operator vouches for the site.
    fn trusted(self) -> Self {
        let trusted = ContentHosts::new(vec!["acme.example".into()]);
        Self { stage: self.stage.trusting(trusted), ..self }
    }

    async fn entry(&self) -> UrlEntry {
        self.store.url_entry(&Tenant::local(), URL).await.unwrap().unwrap()
    }

    /// Keeps a page as the crawler does, and its task.
    async fn fetched(&self, body: &str, previous_text: Option<TextHash>) -> ExtractTask {
        let at = Timestamp::from_millis(1_000);
        let task = TaskId::derive(at, &[b"task"]);
        let tenant = Tenant::local();
        let content_hash = ContentHash::of(body.as_bytes());
        let content_type = Some("text/html".to_owned());
        let bytes = body.len() as u64;
        let entry = UrlEntry {
            url: URL.into(),
            final_url: URL.into(),
            status: 200,
            etag: Some("\"1\"".into()),
            last_modified: None,
            capture: CaptureMeta { content_hash, content_type: content_type.clone(), bytes },
            text_hash: None,
            not_content: None,
            fetched_at: at,
            fetched_by: task,
            arrival: Arrival::New,
        };
        self.store.put_page(&tenant, &entry, body.as_bytes()).await.unwrap();
        ExtractTask {
            ticket: Ticket {
                tenant,
                job: JobId::derive(at, &[b"job"]),
                task,
                epoch: 1,
                attempt: 1,
                lane: Lane::Lo,
                deadline: at,
                permit: Amounts::none(),
                quarantined: false,
            },
            depth: 0,
            scope: Scope::default(),
            brief: Brief { fields: vec![FieldSpec::named("telephone")], ..Brief::default() },
            page: Page {
                url: URL.into(),
                final_url: URL.into(),
                status: 200,
                content_hash,
                content_type,
                bytes,
                fetched_at: at,
            },
            outcome: UrlOutcome::Fetched,
            reason: if previous_text.is_some() { UrlReason::Changed } else { UrlReason::New },
            thorough: false,
            previous_text,
            usage: Amounts::none(),
            host: None,
        }
    }

    async fn run(&self, task: &ExtractTask) -> Report {
        let mut out = self.stage.run(Message::Extract(task.clone())).await.unwrap();
        match (out.pop(), out.pop()) {
            (Some(Message::Report(report)), None) => report,
            other => panic!("{other:?}"),
        }
    }
}

fn read_as(report: &Report) -> (UrlReason, TextHash) {
    match &report.outcome {
        PageOutcome::Read { reason, text_hash, .. } => (*reason, *text_hash),
        other => panic!("{other:?}"),
    }
}

const PAGE: &str = "<h1>Acme</h1><p>Drills since 1950</p><a href=/contact>Contact</a><a href=/x.zip>zip</a>";

#[tokio::test]
async fn page_is_read_and_everything_kept() {
    let site = Site::new();
    let task = site.fetched(PAGE, None).await;
    let report = site.run(&task).await;
    let (reason, text_hash) = read_as(&report);
    assert_eq!(reason, UrlReason::New);
    assert_eq!(report.links.found[0].url, "https://acme.example/contact");
    assert_eq!(report.links.dropped.get(&UrlReason::NotAPage), Some(&1));
    let pack = site.store.pack(&text_hash, EXTRACTOR_VERSION).await.unwrap().unwrap();
    assert_eq!(pack.visible, "Acme\nDrills since 1950\nContact zip");
    let entry = site.store.url_entry(&Tenant::local(), URL).await.unwrap().unwrap();
    assert_eq!(entry.text_hash, Some(text_hash));
    let key = task.reading_key();
    let stored = site.store.reading(&text_hash, EXTRACTOR_VERSION, &key).await.unwrap().unwrap();
    assert_eq!((stored.links, stored.findings), (report.links, report.findings));
    let PageOutcome::Read { simhash, .. } = report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!((simhash, stored.simhash), (gleaner_evidence::likeness::of_page(&pack), simhash));
    assert_eq!(simhash, None, "it says too little to be like another");
}

#[tokio::test]
async fn same_text_in_other_bytes_uses_the_earlier_reading() {
    let site = Site::new();
    let first = site.run(&site.fetched(&format!("<script nonce=a>1</script>{PAGE}"), None).await).await;
    let (_, text_hash) = read_as(&first);
    // marks the earlier reading, so that its use is seen
    let task = site.fetched(&format!("<script nonce=b>2</script>{PAGE}"), Some(text_hash)).await;
    let marked = StoredReading { subject: SubjectMatch::Exact, ..StoredReading::default() };
    site.store.put_reading(&text_hash, EXTRACTOR_VERSION, &task.reading_key(), &marked).await.unwrap();
    let second = site.run(&task).await;
    assert_eq!(read_as(&second), (UrlReason::SameText, text_hash));
    assert_eq!(second.subject, SubjectMatch::Exact);

    let thorough = site.run(&ExtractTask { thorough: true, ..task.clone() }).await;
    assert_ne!(thorough.subject, SubjectMatch::Exact, "a thorough task trusts no earlier reading");
    let mut other = task;
    other.brief.fields.push(FieldSpec::named("email"));
    assert_ne!(site.run(&other).await.subject, SubjectMatch::Exact, "another brief is read anew");
}

#[tokio::test]
async fn other_text_is_read_anew() {
    let site = Site::new();
    let first = site.run(&site.fetched(PAGE, None).await).await;
    let (_, before) = read_as(&first);
    let second = site.run(&site.fetched(&PAGE.replace("1950", "1951"), Some(before)).await).await;
    let (reason, after) = read_as(&second);
    assert_eq!(reason, UrlReason::Changed);
    assert_ne!(before, after);
}

#[tokio::test]
async fn capture_that_left_the_cache_is_told() {
    let site = Site::new();
    let task = site.fetched(PAGE, None).await;
    assert!(site.cache.evict(&CacheKey::Capture(task.page.content_hash)));
    assert_eq!(site.run(&task).await.outcome, PageOutcome::EvidenceExpired);
}

#[tokio::test]
async fn page_that_cannot_be_read_is_told_with_its_reason() {
    let site = Site::new();
    let report = site.run(&site.fetched("%PDF-1.7", None).await).await;
    let PageOutcome::Failed { reason, class, .. } = report.outcome else { panic!("{report:?}") };
    assert_eq!((reason, class), (UrlReason::UnsupportedType, ErrorClass::Permanent));
}

const CHALLENGE: &str = "<title>Just a moment...</title>Tel: 0341 111222<a href=/contact>Contact</a>";

fn failed_as(report: &Report) -> (UrlReason, ErrorClass, Option<u16>, &str) {
    match &report.outcome {
        PageOutcome::Failed { reason, class, status, detail } => (*reason, *class, *status, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_that_is_no_content_fails_and_gives_nothing() {
    let site = Site::new();
    let report = site.run(&site.fetched(CHALLENGE, None).await).await;
    let told = (UrlReason::Challenge, ErrorClass::Transient, Some(200), "says `just a moment`");
    assert_eq!(failed_as(&report), told);
    assert!(report.findings.is_empty() && report.links == Links::default() && report.main_entity.is_none());
    let report = site.run(&site.fetched("<h1>404 Not Found</h1><a href=/contact>c</a>", None).await).await;
    let told = (UrlReason::SoftError, ErrorClass::Permanent, Some(200), "says `404 not found`");
    assert_eq!(failed_as(&report), told);
}

#[tokio::test]
async fn a_page_that_is_no_content_is_marked_and_leaves_no_evidence() {
    let site = Site::new();
    let task = site.fetched(CHALLENGE, None).await;
    site.run(&task).await;
    let entry = site.entry().await;
    assert_eq!((entry.not_content, entry.text_hash, entry.etag), (Some(UrlReason::Challenge), None, None));
    let url = Url::parse(URL).unwrap();
    let pack =
        crate::build_pack(CHALLENGE.as_bytes(), Some("text/html"), &url, &PackLimits::default()).unwrap();
    assert_eq!(site.store.pack(&pack.text_hash, EXTRACTOR_VERSION).await.unwrap(), None);
    let key = task.reading_key();
    assert_eq!(site.store.reading(&pack.text_hash, EXTRACTOR_VERSION, &key).await.unwrap(), None);
}

#[tokio::test]
async fn newer_bytes_of_the_url_are_not_marked_for_older_ones() {
    let site = Site::new();
    let old = site.fetched(CHALLENGE, None).await;
    site.fetched(PAGE, None).await;
    site.run(&old).await;
    assert_eq!(site.entry().await.not_content, None);
}

#[tokio::test]
async fn without_the_network_a_page_that_is_no_content_is_not_tried_again() {
    let site = Site::new();
    let task = site.fetched(CHALLENGE, None).await;
    let offline = ExtractTask { outcome: UrlOutcome::Reused, reason: UrlReason::Offline, ..task };
    let report = site.run(&offline).await;
    assert_eq!((failed_as(&report).0, failed_as(&report).1), (UrlReason::Challenge, ErrorClass::Permanent));
}

#[tokio::test]
async fn a_page_of_a_site_that_the_operator_vouches_for_is_read_and_its_mark_taken_off() {
    let site = Site::new();
    let task = site.fetched(CHALLENGE, None).await;
    site.run(&task).await;
    let site = site.trusted();
    let report = site.run(&task).await;
    let (_, text_hash) = read_as(&report);
    assert_eq!(report.links.found[0].url, "https://acme.example/contact");
    let pack = site.store.pack(&text_hash, EXTRACTOR_VERSION).await.unwrap().unwrap();
    assert_eq!(pack.page_type, gleaner_contract::pack::PageType::Other, "the rules read it");
    let entry = site.entry().await;
    assert_eq!((entry.not_content, entry.text_hash), (None, Some(text_hash)));
}

#[tokio::test]
async fn newer_bytes_of_the_url_keep_their_own_text_hash() {
    let site = Site::new();
    let old = site.fetched(PAGE, None).await;
    site.fetched("<p>newer", None).await;
    site.run(&old).await;
    assert_eq!(site.store.url_entry(&Tenant::local(), URL).await.unwrap().unwrap().text_hash, None);
}

#[tokio::test]
async fn report_of_the_largest_page_fits_a_message() {
    let site = Site::new();
    let links: String = (0..9000).map(|n| format!("<a href=/path/{n}>{n}</a> ")).collect();
    let report = site.run(&site.fetched(&links, None).await).await;
    Message::Report(report).to_envelope(None, None).unwrap();
}

#[test]
fn findings_that_do_not_fit_are_the_worst() {
    use gleaner_contract::{Confidence, Evidence, EvidenceKind, Layer, Tier};
    let finding = |hundredths: u8| Finding {
        field: "name".into(),
        value: serde_json::json!("x".repeat(4000)),
        unit: None,
        tier: Tier::Rules,
        confidence: Confidence::hundredths(hundredths),
        subject: SubjectMatch::Likely,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: "x".repeat(4000),
            url: URL.into(),
            capture: ContentHash::of(b""),
            layer: Layer::Visible,
            block: None,
            page: None,
            start: 0,
            end: 4000,
            fetched_at: Timestamp::from_millis(0),
        },
    };
    let task = TaskId::derive(Timestamp::from_millis(0), &[]);
    let kept = fitting(task, [10, 90, 20, 80].map(finding).into());
    let kept: Vec<u8> = kept.iter().map(|finding| finding.confidence.as_hundredths()).collect();
    assert_eq!(kept, [90, 80]);
}
