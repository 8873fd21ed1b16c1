//! Reads a body within its limits: decoded bytes, ratio, and a rate that is not a drip.

use std::time::Duration;

use gleaner_contract::UrlReason;
use gleaner_ports::Beyond;
use reqwest::{Response, header};
use tokio::time::{Instant, timeout_at};

use super::{
    decode::{DecodeFault, Decoder},
    fault::Fault,
};

pub(super) struct Limits {
    /// Decoded.
    pub(super) max_bytes: u64,
    pub(super) beyond: Beyond,
    pub(super) max_ratio: u64,
    pub(super) min_bytes_per_second: u64,
    /// Over which the rate is measured.
    pub(super) rate_window: Duration,
}

/// The body; `bytes` counts what came, also when reading is cut off.
pub(super) async fn read(mut response: Response, limits: &Limits, bytes: &mut u64) -> Result<Vec<u8>, Fault> {
    let too_large =
        || Fault::permanent(UrlReason::BodyTooLarge, format!("body exceeds {} bytes", limits.max_bytes));
    let may_cut = limits.beyond == Beyond::Cut;
    if !may_cut && response.content_length().is_some_and(|length| length > limits.max_bytes) {
        return Err(too_large());
    }
    let encodings: Vec<&[u8]> =
        response.headers().get_all(header::CONTENT_ENCODING).iter().map(|value| value.as_bytes()).collect();
    let encodings = String::from_utf8_lossy(&encodings.join(&b","[..])).into_owned();
    let fault = |fault| match fault {
        DecodeFault::TooLarge => too_large(),
        DecodeFault::Ratio => Fault::permanent(
            UrlReason::CompressionRatio,
            format!("body decodes to more than {} times its size", limits.max_ratio),
        ),
        DecodeFault::Encoding(detail) => Fault::permanent(UrlReason::BadEncoding, detail),
    };
    let mut decoder = Decoder::new(&encodings, limits.max_bytes, limits.max_ratio).map_err(fault)?;

    let wanted = limits.rate_window.as_secs_f64() * limits.min_bytes_per_second as f64;
    let mut window = Window { end: Instant::now() + limits.rate_window, bytes: 0 };
    loop {
        match timeout_at(window.end, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                window.bytes += chunk.len() as u64;
                let pushed = decoder.push(&chunk);
                *bytes = decoder.spent();
                match pushed {
                    Err(DecodeFault::TooLarge) if may_cut => return Ok(decoder.cut()),
                    pushed => pushed.map_err(fault)?,
                }
            }
            Ok(Ok(None)) => return decoder.finish(may_cut).map_err(fault),
            Ok(Err(error)) => return Err(Fault::of_request(&error)),
            Err(_) => {}
        }
        if Instant::now() >= window.end {
            if (window.bytes as f64) < wanted {
                let detail =
                    format!("body comes slower than {} bytes per second", limits.min_bytes_per_second);
                return Err(Fault::transient(UrlReason::TooSlow, detail));
            }
            window = Window { end: Instant::now() + limits.rate_window, bytes: 0 };
        }
    }
}

struct Window {
    end: Instant,
    bytes: u64,
}
