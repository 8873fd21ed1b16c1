//! The arguments of the hooks: one part of the work, on its own.

use std::path::PathBuf;

use clap::Args;
use gleaner_fetch::Purpose;

/// The names of all purposes.
pub(crate) fn purposes() -> String {
    Purpose::ALL.map(Purpose::as_str).join(", ")
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gleaner egress-check https://shop.example/
  gleaner egress-check http://127.0.0.1:8080/ --allow-crawl 127.0.0.1/32:8080")]
pub struct EgressCheckArgs {
    /// A URL or an IP address
    pub address: String,
    #[arg(long, default_value = "crawl", help = format!("What for: {}", purposes()))]
    pub purpose: String,
    /// Let this address in, although it is refused by default (repeatable; PORT may be *)
    #[arg(long, value_name = "CIDR:PORT")]
    pub allow_crawl: Vec<String>,
    #[arg(long, hide = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  gleaner fetch https://shop.example/42 --cache pages\n  gleaner fetch https://shop.example/42 --header 'Accept-Language: de'"
)]
pub struct FetchArgs {
    /// An absolute http or https URL
    pub url: String,
    /// Keep pages here, and ask conditionally for those at hand; not with --header
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// A header to send (repeatable); such an answer is not kept
    #[arg(long, value_name = "K: V")]
    pub header: Vec<String>,
    /// Let this address in, although it is refused by default (repeatable; PORT may be *)
    #[arg(long, value_name = "CIDR:PORT")]
    pub allow_crawl: Vec<String>,
    #[arg(long, hide = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  gleaner extract page.html --url https://shop.example/42")]
pub struct ExtractArgs {
    /// A stored page
    pub file: PathBuf,
    /// The page's address, which its links are resolved against
    #[arg(long, default_value = "https://page.invalid/")]
    pub url: String,
    /// The Content-Type header it came with
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    #[arg(long, hide = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  gleaner read page.html --url https://shop.example/42 --schema product --fields name,price"
)]
pub struct ReadArgs {
    /// A stored page
    pub file: PathBuf,
    /// The page's address, which its links are resolved against
    #[arg(long)]
    pub url: String,
    /// A built-in schema's name, or a JSON Schema file
    #[arg(long)]
    pub schema: String,
    /// Only these fields
    #[arg(long, value_delimiter = ',')]
    pub fields: Vec<String>,
    /// The Content-Type header it came with
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    #[arg(long, hide = true)]
    pub json: bool,
}
