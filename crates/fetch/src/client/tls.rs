//! TLS as every connection of the fetcher speaks it, straight or through a proxy: the system's certificates, HTTP/2
//! before HTTP/1.1.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::events;

pub(super) fn config() -> ClientConfig {
    let builder = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has ciphers for both versions of TLS")
    };
    let builder = match builder().with_platform_verifier() {
        Ok(builder) => builder,
        // a machine without certificates can still read plain http
        Err(error) => {
            events::no_certificates(&error);
            builder().with_root_certificates(RootCertStore::empty())
        }
    };
    offering_h2(builder.with_no_client_auth())
}

/// The same where only these authorities are trusted.
#[cfg(test)]
pub(super) fn trusting(roots: RootCertStore) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    offering_h2(builder.with_root_certificates(roots).with_no_client_auth())
}

fn offering_h2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    config
}
