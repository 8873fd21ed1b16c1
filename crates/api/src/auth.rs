//! Who asks.

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use gleaner_contract::Tenant;

use crate::{
    error::Refusal,
    keys::{Caller, Keys},
    routes::Api,
};

/// Lets in whoever has a key, and everybody of this machine where there is none to have.
pub(crate) async fn let_in(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match caller(&api.inner.keys, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn caller(keys: &Keys, request: &Request) -> Result<Caller, Refusal> {
    if keys.is_empty() {
        // else a page in a browser here could rename this machine to itself and read along
        return if names_loopback(request) {
            Ok(Caller { tenant: Tenant::local(), key: "none".to_owned() })
        } else {
            Err(Refusal::elsewhere())
        };
    }
    let told = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, key) = told.and_then(|told| told.split_once(' ')).ok_or_else(Refusal::no_key)?;
    let known = keys.caller(key.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    known.cloned().ok_or_else(Refusal::no_key)
}

/// Whether the request was sent to a name that is this machine's alone.
fn names_loopback(request: &Request) -> bool {
    let Some(host) = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
