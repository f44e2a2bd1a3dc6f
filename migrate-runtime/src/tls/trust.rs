//! Which certificates are trusted.

use std::sync::Arc;

use migrate_core::{Code, Error};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

use super::provider;

/// What a server must show. The text is a PEM file of root certificates; none means the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Any certificate: encryption alone.
    Anything,
    /// A certificate that the roots vouch for, whatever name it holds.
    AnyName(Option<String>),
    /// A certificate that the roots vouch for, for the host of the URL.
    Name(Option<String>),
}

/// A client's settings that trust what `trust` says.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_error(&error.to_string()))?;
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anything => Arc::new(Lenient { provider, roots: None }),
        Trust::AnyName(root) => {
            let roots = WebPkiServerVerifier::builder_with_provider(
                Arc::new(roots(root.as_deref())?),
                Arc::clone(&provider),
            )
            .build()
            .map_err(|error| tls_error(&error.to_string()))?;
            Arc::new(Lenient { provider, roots: Some(roots) })
        }
        Trust::Name(root) => {
            return Ok(builder.with_root_certificates(roots(root.as_deref())?).with_no_client_auth());
        }
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn tls_error(why: &str) -> Error {
    Error::new(Code::ConnectionFailed, format!("TLS cannot be set up: {why}"))
}

fn roots(file: Option<&str>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    if let Some(file) = file {
        let broken = |why: String| {
            tls_error(&format!("the root certificates of {file}: {why}"))
                .with_help("check sslrootcert in the URL: a PEM file")
        };
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| broken(error.to_string()))? {
            let certificate = certificate.map_err(|error| broken(error.to_string()))?;
            store.add(certificate).map_err(|error| broken(error.to_string()))?;
        }
    } else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if store.is_empty() {
        return Err(tls_error("there is no root certificate to trust")
            .with_help("name a PEM file with sslrootcert in the URL, or install the system's certificates"));
    }
    Ok(store)
}

/// Looks at less than a full verification does, as the URL has asked.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    /// None: any certificate will do.
    roots: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(roots) = &self.roots else { return Ok(ServerCertVerified::assertion()) };
        match roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::NotValidForName
                | rustls::CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
