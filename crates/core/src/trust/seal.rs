//! Sealed messages: bytes, what they are, and who signed them (DSSE v1, github.com/secure-systems-lab/dsse).
//!
//! The signature covers the payload's type and bytes (DSSE's PAE). Whoever carries a sealed message passes its bytes on
//! as they are; only [`Operators::open`](super::Operators::open) gives the payload out, after it has verified it.

use super::{Operator, Operators};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// The bytes of a DSSE envelope, not looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// A payload whose signature held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// Who signed them.
    pub operator: Operator,
}

/// A sealed message that is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not an envelope.
    #[error("it is not a DSSE envelope: {0}")]
    Malformed(String),
    /// An envelope of something else.
    #[error("it is a {found:?}, not a {expected:?}")]
    WrongType {
        /// What it says it is.
        found: String,
        /// What was asked for.
        expected: String,
    },
    /// The device trusts nobody.
    #[error("no operator is listed in /etc/framboise/operators")]
    NobodyTrusted,
    /// No signature by a listed operator holds.
    #[error("no signature on it is by an operator listed in /etc/framboise/operators")]
    NotTrusted,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Serialize, Deserialize)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// Seals a payload with an operator's or a device's key.
///
/// # Errors
/// When the envelope cannot be written as JSON; it always can.
pub fn seal(payload_type: &str, payload: &[u8], key: &SigningKey) -> Result<Sealed, serde_json::Error> {
    let signature = key.sign(&authenticated(payload_type, payload));
    let envelope = Envelope {
        payload: STANDARD.encode(payload),
        payload_type: payload_type.to_owned(),
        signatures: vec![EnvelopeSignature {
            keyid: public_key_text(&key.verifying_key()),
            sig: STANDARD.encode(signature.to_bytes()),
        }],
    };
    serde_json::to_string(&envelope).map(Sealed)
}

/// A public key as Framboise writes it: unpadded URL-safe base64, 43 characters.
pub fn public_key_text(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

impl Operators {
    /// The payload of a sealed message that one of these operators signed.
    ///
    /// # Errors
    /// When nobody is trusted, the envelope is malformed or of another type, or no signature holds.
    pub fn open(&self, sealed: &Sealed, payload_type: &str) -> Result<Verified, SealError> {
        if self.list().is_empty() {
            return Err(SealError::NobodyTrusted);
        }
        let malformed = |error: &dyn std::fmt::Display| SealError::Malformed(error.to_string());
        let envelope: Envelope = serde_json::from_str(&sealed.0).map_err(|error| malformed(&error))?;
        if envelope.payload_type != payload_type {
            return Err(SealError::WrongType { found: envelope.payload_type, expected: payload_type.to_owned() });
        }
        let payload = STANDARD.decode(&envelope.payload).map_err(|error| malformed(&error))?;
        let message = authenticated(payload_type, &payload);
        let signer = self.list().iter().find(|operator| {
            envelope.signatures.iter().any(|signature| holds(&operator.key, &message, &signature.sig))
        });
        signer.map(|operator| Verified { operator: operator.clone(), payload }).ok_or(SealError::NotTrusted)
    }
}

/// The payload of a message that one has sealed oneself, or that is only to be shown: nobody has verified it.
pub fn unverified_payload(sealed: &Sealed) -> Option<Vec<u8>> {
    let envelope: Envelope = serde_json::from_str(&sealed.0).ok()?;
    STANDARD.decode(envelope.payload).ok()
}

/// Strict verification (RFC 8032, small-order keys refused).
fn holds(key: &VerifyingKey, message: &[u8], signature: &str) -> bool {
    let signature = STANDARD.decode(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    signature.is_some_and(|signature| key.verify_strict(message, &signature).is_ok())
}

/// DSSE's pre-authentication encoding: `DSSEv1 LEN(type) type LEN(body) body`.
fn authenticated(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}
