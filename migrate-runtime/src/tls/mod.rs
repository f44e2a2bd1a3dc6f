//! TLS with rustls.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

// The other drivers build their own settings.
#[cfg(feature = "postgres")]
mod trust;

#[cfg(feature = "postgres")]
pub(crate) use trust::{Trust, client_config};

/// Makes aws-lc-rs the provider of this process unless the application has chosen one: the drivers ask for the
/// process's provider, and rustls panics where two are compiled in and none is chosen.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been faster; then its choice holds.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    }
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}
