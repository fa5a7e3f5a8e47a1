//! Plans as a device signs them.

use framboise_core::plan::PLAN_TYPE;
use framboise_core::trust::{Operators, Sealed};
use serde_json::Value;

/// The plan in an answer, once the device's signature was verified.
pub fn planned(json: &Value) -> Value {
    let sealed = json.as_str().unwrap();
    let envelope: Value = serde_json::from_str(sealed).unwrap();
    let signer = format!("device ed25519:{}", envelope["signatures"][0]["keyid"].as_str().unwrap());
    let signed = Operators::parse(&signer).unwrap().open(&Sealed(sealed.to_owned()), PLAN_TYPE).unwrap();
    let signed: Value = serde_json::from_slice(&signed.payload).unwrap();
    assert_eq!(signed["plan"]["device"], envelope["signatures"][0]["keyid"], "it is signed by the device itself");
    signed["plan"].clone()
}
