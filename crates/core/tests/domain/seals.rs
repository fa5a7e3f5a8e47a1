//! Sealed messages: opened when an operator signed just these bytes as just this, else never.

use super::fixtures::examples;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use framboise_core::order::{ORDER_TYPE, Order, STAGING_TYPE};
use framboise_core::trust::{Operators, SealError, Sealed, public_key_text, seal, unverified_payload};
use proptest::prelude::*;
use serde_json::{Value, json};

const TYPE: &str = "application/x";

#[test]
fn the_signature_covers_what_dsse_says() {
    // The example of DSSE's protocol.md, "pre-authentication encoding".
    let encoded = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    let sealed = seal("http://example.com/HelloWorld", b"hello world", &key(1)).unwrap();
    let envelope: Value = serde_json::from_str(&sealed.0).unwrap();
    assert_eq!(envelope["signatures"][0]["sig"], STANDARD.encode(key(1).sign(encoded).to_bytes()));
    assert_eq!(envelope["payload"], "aGVsbG8gd29ybGQ=");
    assert_eq!(envelope["payloadType"], "http://example.com/HelloWorld");
}

#[test]
fn what_version_1_sealed_is_opened_and_sealed_the_same() {
    let [sealed]: [Sealed; 1] = examples("sealed").try_into().unwrap();
    let verified = operators(&[1]).open(&sealed, ORDER_TYPE).unwrap();
    let order: Order = serde_json::from_slice(&verified.payload).unwrap();
    assert_eq!(order, examples::<Order>("order")[0]);
    assert_eq!(seal(ORDER_TYPE, &verified.payload, &key(1)).unwrap(), sealed);
}

#[test]
fn only_a_listed_operator_is_followed() {
    let sealed = seal(TYPE, b"x", &key(1)).unwrap();
    assert_eq!(operators(&[]).open(&sealed, TYPE), Err(SealError::NobodyTrusted));
    assert_eq!(operators(&[2, 3]).open(&sealed, TYPE), Err(SealError::NotTrusted));
    assert_eq!(operators(&[2, 1]).open(&sealed, TYPE).unwrap().operator.name, "operator-1");
}

#[test]
fn a_message_is_what_it_was_signed_as() {
    let sealed = seal(STAGING_TYPE, b"{}", &key(1)).unwrap();
    let wrong = SealError::WrongType { found: STAGING_TYPE.into(), expected: ORDER_TYPE.into() };
    assert_eq!(operators(&[1]).open(&sealed, ORDER_TYPE), Err(wrong));
    // Nor does it help to rename it on the way.
    let renamed = Sealed(sealed.0.replace(STAGING_TYPE, ORDER_TYPE));
    assert_eq!(operators(&[1]).open(&renamed, ORDER_TYPE), Err(SealError::NotTrusted));
}

#[test]
fn lengths_are_signed_so_that_bytes_cannot_move_between_type_and_payload() {
    let sealed = seal("a b", b"c", &key(1)).unwrap();
    let moved = with(&sealed, |envelope| {
        envelope["payloadType"] = json!("a");
        envelope["payload"] = json!(STANDARD.encode("b c"));
    });
    assert_eq!(operators(&[1]).open(&moved, "a"), Err(SealError::NotTrusted));
}

#[test]
fn any_flipped_bit_is_refused() {
    let sealed = seal(TYPE, b"an order", &key(1)).unwrap();
    let operators = operators(&[1]);
    for field in ["/payload", "/payloadType", "/signatures/0/sig"] {
        for altered in flipped(&sealed, field) {
            assert!(operators.open(&altered, TYPE).is_err(), "{altered:?}");
        }
    }
}

#[test]
fn the_name_of_the_key_decides_nothing() {
    let sealed = seal(TYPE, b"an order", &key(1)).unwrap();
    let trusted = operators(&[1]);
    for altered in flipped(&sealed, "/signatures/0/keyid") {
        assert_eq!(trusted.open(&altered, TYPE).unwrap().payload, b"an order");
    }
    let claims = with(&seal(TYPE, b"x", &key(2)).unwrap(), |envelope| {
        envelope["signatures"][0]["keyid"] = json!(public_key_text(&key(1).verifying_key()));
    });
    assert_eq!(operators(&[1]).open(&claims, TYPE), Err(SealError::NotTrusted));
}

#[test]
fn one_signature_that_holds_is_enough_and_none_is_not() {
    let sealed = seal(TYPE, b"x", &key(1)).unwrap();
    let with_noise = with(&sealed, |envelope| {
        let noise = json!({"keyid": "", "sig": "AAAA"});
        envelope["signatures"].as_array_mut().unwrap().insert(0, noise);
    });
    assert!(operators(&[1]).open(&with_noise, TYPE).is_ok());
    let unsigned = with(&sealed, |envelope| envelope["signatures"] = json!([]));
    assert_eq!(operators(&[1]).open(&unsigned, TYPE), Err(SealError::NotTrusted));
}

#[test]
fn what_is_no_envelope_is_refused() {
    for text in ["", "{}", "[]", "null", "\"x\"", r#"{"payload":1,"payloadType":"application/x","signatures":[]}"#] {
        let opened = operators(&[1]).open(&Sealed(text.into()), TYPE);
        assert!(matches!(opened, Err(SealError::Malformed(_))), "{text}");
        assert_eq!(unverified_payload(&Sealed(text.into())), None);
    }
    let twice = seal(TYPE, b"x", &key(1)).unwrap().0.replacen('{', r#"{"payload":"eA==","#, 1);
    assert!(matches!(operators(&[1]).open(&Sealed(twice), TYPE), Err(SealError::Malformed(_))));
}

proptest! {
    // Unoptimised, a signature takes a tenth of a second.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_was_sealed_is_opened(payload in any::<Vec<u8>>(), payload_type in any::<String>(), seed in 1_u8..3) {
        let sealed = seal(&payload_type, &payload, &key(seed)).unwrap();
        let verified = operators(&[1, 2]).open(&sealed, &payload_type).unwrap();
        prop_assert_eq!(&verified.payload, &payload);
        prop_assert_eq!(verified.operator.name, format!("operator-{seed}"));
        prop_assert_eq!(unverified_payload(&sealed), Some(payload));
        let travelled: Sealed = serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
        prop_assert_eq!(travelled, sealed);
    }

    #[test]
    fn another_payload_under_the_same_signature_is_refused(one in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        prop_assume!(one != other);
        let altered = with(&seal(TYPE, &one, &key(1)).unwrap(), |envelope| {
            envelope["payload"] = json!(STANDARD.encode(&other));
        });
        prop_assert_eq!(operators(&[1]).open(&altered, TYPE), Err(SealError::NotTrusted));
    }
}

/// The envelope with a bit of each byte of one text flipped in turn; it stays ASCII.
fn flipped(sealed: &Sealed, field: &str) -> Vec<Sealed> {
    let envelope: Value = serde_json::from_str(&sealed.0).unwrap();
    let text = envelope.pointer(field).unwrap().as_str().unwrap();
    let altered = (0..text.len()).map(|at| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 7);
        with(sealed, |envelope| *envelope.pointer_mut(field).unwrap() = json!(String::from_utf8(bytes).unwrap()))
    });
    altered.collect()
}

fn with(sealed: &Sealed, change: impl FnOnce(&mut Value)) -> Sealed {
    let mut envelope = serde_json::from_str(&sealed.0).unwrap();
    change(&mut envelope);
    Sealed(envelope.to_string())
}

fn operators(seeds: &[u8]) -> Operators {
    let line = |seed: &u8| format!("operator-{seed} ed25519:{}\n", public_key_text(&key(*seed).verifying_key()));
    Operators::parse(&seeds.iter().map(line).collect::<String>()).unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}
