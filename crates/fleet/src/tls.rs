//! The one cryptography provider of all TLS here.

/// Makes ring the process's provider: reqwest is built without one, so that no second is compiled.
pub(crate) fn use_ring() {
    // Another part of the program was faster when this fails; it chose the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
