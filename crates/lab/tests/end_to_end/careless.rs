//! An operator whose own program signs whatever a device has planned, warnings and all: the device itself holds the promise.

use crate::answer::Answer;
use crate::faults::made_version;
use crate::pi::Pi;
use ed25519_dalek::SigningKey;
use framboise_core::order::ORDER_TYPE;
use framboise_core::trust::{Operator, seal};
use framboise_lab::Suite;
use serde_json::{Value, json};

on_each_suite!(data_that_scripts_migrate_is_not_touched_unasked);

/// Signs orders; root on the device has listed it.
struct Careless {
    key: SigningKey,
    counter: u64,
}

impl Careless {
    fn on(pi: &Pi) -> Careless {
        let key = SigningKey::from_bytes(&[7; 32]);
        let operator = Operator { name: "careless".into(), key: key.verifying_key() };
        pi.sh(&format!("echo '{operator}' >> /etc/framboise/operators"));
        Careless { key, counter: 0 }
    }

    /// Orders exactly this plan; the transaction as it ended.
    fn order(&mut self, pi: &Pi, plan: &Value, accept_no_way_back: bool) -> Value {
        self.counter += 1;
        let device = plan["device"].as_str().unwrap();
        let order = json!({
            "id": format!("01900000-0000-7000-8000-00000000000{}", self.counter),
            "targets": { device: { "action": plan["action"], "base": plan["base"] } },
            "lock": plan["lock"],
            "accept_no_way_back": accept_no_way_back,
            "issue": { "issued": "2026-11-01T00:00:00Z", "expires": "2098-01-01T00:00:00Z", "counter": self.counter },
        });
        let sealed = seal(ORDER_TYPE, order.to_string().as_bytes(), &self.key).unwrap();
        let taken = pi.request("/api/v1/orders", &["--data", &sealed.0]);
        assert_eq!(taken.status, 202, "{}", taken.text);
        let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
        pi.wait_until("its end", || !pi.get(&path).json["outcome"].is_null());
        pi.get(&path).json
    }
}

fn planned(pi: &Pi, list: &str) -> Value {
    let request = json!({ "action": "update", "file_name": "list.txt", "text": list }).to_string();
    let Answer { status, json, text } = pi.request("/api/v1/plan", &["--data", &request]);
    assert_eq!(status, 200, "{text}");
    crate::sealed_plan::planned(&json)
}

/// A database's server, by its name: its scripts may convert what it keeps.
fn data_that_scripts_migrate_is_not_touched_unasked(suite: Suite) {
    let pi = Pi::raise(suite);
    made_version(&pi, "slapd", "1", "true");
    pi.sh("apt-get -qq -y install slapd=1");
    made_version(&pi, "slapd", "2", "true");
    let mut careless = Careless::on(&pi);
    let before = pi.snapshot();
    let plan = planned(&pi, "slapd\nfram-hello");
    assert_eq!(plan["way_back"]["gaps"][0]["reason"], "data", "{plan}");
    let refused = careless.order(&pi, &plan, false);
    assert_eq!(refused["state"], "failed", "{refused}");
    assert_eq!(refused["outcome"]["failure"]["cause"]["kind"], "no-way-back", "{refused}");
    pi.snapshot().same_as(&before, "refused by the device");
    let done = careless.order(&pi, &planned(&pi, "slapd\nfram-hello"), true);
    assert_eq!(done["state"], "committed", "{done}");
    assert!(pi.snapshot().has("dpkg-query slapd 2"));
    pi.rollback().done();
    pi.snapshot().same_as(&before, "its packages go back all the same");
}
