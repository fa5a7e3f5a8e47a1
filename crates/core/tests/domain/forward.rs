//! What a later version may say, this one reads: unknown kinds as unknown, unknown fields not at all.

use super::fixtures::{FIXTURES, Fixture, examples};
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::{Event, EventKind};
use framboise_core::order::{Change, ChangeKind};
use framboise_core::plan::{Gap, GapReason};
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::protocol::socket::Answer;
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::vault::{Fixed, KeptPoint};
use serde_json::{Value, from_value, json};

/// Not JSON objects with fields of their own: a map, a text. And what instructs a device, which need not be lenient.
const WITHOUT_LATER_FIELDS: [&str; 8] =
    ["change", "lock", "order", "package_spec", "request", "sealed", "staging", "transaction_state"];

#[test]
fn fields_of_a_later_version_are_passed_over() {
    for Fixture { name, text, again } in FIXTURES.iter().filter(|fixture| !WITHOUT_LATER_FIELDS.contains(&fixture.name))
    {
        let examples: Value = serde_json::from_str(text).unwrap();
        let mut later = examples.clone();
        for example in later.as_array_mut().unwrap() {
            let fields = example.as_object_mut().unwrap_or_else(|| unreachable!("{name} is no object"));
            fields.insert("from_a_later_version".into(), json!({"event": [1, null], "kind": "x"}));
        }
        let read = again(&later.to_string()).unwrap_or_else(|error| unreachable!("{name}: {error}"));
        assert_eq!(read, examples, "{name}");
    }
}

#[test]
fn a_status_with_more_in_it_is_read_to_its_depth() {
    let [status, _]: [DeviceStatus; 2] = examples("device_status").try_into().unwrap();
    let mut later = serde_json::to_value(&status).unwrap();
    later["temperature"] = json!(48.5);
    later["last"]["outcome"]["lock"]["nano:arm64"]["origin"] = json!("Debian");
    later["last"]["outcome"]["duration_ms"] = json!(1);
    later["last"]["action"]["why"] = json!("because");
    assert_eq!(from_value::<DeviceStatus>(later).unwrap(), status);
}

#[test]
fn an_event_of_a_later_version_keeps_its_number_and_its_order() {
    for event in examples::<Event>("event") {
        for later in [json!({"event": "reboot"}), json!({"event": "reboot", "in_seconds": 5, "for": {"cause": null}})] {
            let mut value = serde_json::to_value(&event).unwrap();
            value.as_object_mut().unwrap().retain(|key, _| ["number", "at", "order"].contains(&key.as_str()));
            value.as_object_mut().unwrap().extend(later.as_object().unwrap().clone());
            let unknown = Event { kind: EventKind::Unknown, ..event.clone() };
            assert_eq!(from_value::<Event>(value.clone()).unwrap(), unknown);
            assert_eq!(serde_json::from_str::<Event>(&value.to_string()).unwrap(), unknown);
            let answer = json!({"answer": "event", "value": value});
            assert_eq!(from_value::<Answer>(answer).unwrap(), Answer::Event(Box::new(unknown)));
        }
    }
}

#[test]
fn causes_origins_and_gaps_of_a_later_version_are_unknown() {
    for later in [json!({"kind": "on-fire"}), json!({"kind": "on-fire", "degrees": [451], "kinds": {"kind": "held"}})] {
        assert_eq!(from_value::<Cause>(later.clone()).unwrap(), Cause::Unknown);
        let failure = json!({"cause": later, "message": "it burns", "next_step": "Run.", "detail": "smoke"});
        let failure: Failure = from_value(failure).unwrap();
        // Its words are still the ones of who knew it.
        assert_eq!((failure.cause.clone(), failure.to_string()), (Cause::Unknown, "it burns".into()));
        assert_eq!(failure.next_step, "Run.");
        assert_eq!(from_value::<Origin>(later.clone()).unwrap(), Origin::Unknown);
        let mut point = serde_json::to_value(&examples::<RestorePoint>("restore_point")[0]).unwrap();
        point["origin"] = later;
        assert_eq!(from_value::<RestorePoint>(point).unwrap().origin, Origin::Unknown);
    }
    let gap = json!({"package": "a1:arm64", "reason": "moon-phase"});
    assert_eq!(from_value::<Gap>(gap).unwrap().reason, GapReason::Unknown);
}

#[test]
fn a_change_of_a_later_version_is_known_to_be_unknown() {
    let change = examples::<Change>("change").remove(0);
    let mut later = serde_json::to_value(&change).unwrap();
    later["what"] = json!({"kind": "lend", "to": "a neighbour"});
    assert_eq!(from_value::<Change>(later).unwrap().what, ChangeKind::Unknown);
    let mut fixed = json!({"id": 3, "fixed": "loved"});
    assert_eq!(from_value::<KeptPoint>(fixed.clone()).unwrap().fixed, Some(Fixed::Unknown));
    fixed["since"] = json!(1);
    assert!(from_value::<KeptPoint>(fixed).is_ok());
}

#[test]
fn what_has_no_kind_at_all_is_refused() {
    assert!(from_value::<Cause>(json!({})).is_err());
    assert!(from_value::<Cause>(json!({"kind": 1})).is_err());
    assert!(from_value::<Cause>(json!({"kind": "held"})).is_err(), "held without packages");
    assert!(from_value::<Origin>(json!({"kind": "after", "order": "not an id"})).is_err());
    assert!(from_value::<Answer>(json!({"answer": "shrug"})).is_err());
}
