//! The two requests of the original.

use crate::api::order;
use crate::client::{Reply, get, open, post, read_reply, send};
use crate::root_side::{Device, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use framboise_core::cause::Cause;
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, Lock};
use framboise_core::protocol::http::{Accepted, TransactionStatus};
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::transaction::State;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A root side that does every job with this end.
fn ending(state: State, failure: Option<Cause>) -> Device {
    let outcome = outcome(state, failure);
    Device::new(move |request, conversation| match request {
        Request::SeedUpdate { .. } | Request::SeedRollback { .. } => {
            conversation.answer(&Answer::Accepted(Accepted { order: order(), duplicate: false }));
        }
        Request::Watch { .. } => {
            std::thread::sleep(Duration::from_millis(100));
            conversation.answer(&Answer::End);
        }
        _ => conversation.answer(&transaction(outcome.clone())),
    })
}

fn outcome(state: State, failure: Option<Cause>) -> Outcome {
    let failure = failure.map(Into::into);
    let lock = Lock::default();
    Outcome { state, failure, lock, restore_point: None, state_digest: None, compared: 0, remarks: vec![] }
}

fn transaction(outcome: Outcome) -> Answer {
    Answer::Transaction(Box::new(TransactionStatus {
        order: order(),
        action: Action::Update,
        by: "127.0.0.1".to_owned(),
        received: framboise_core::Timestamp::UNIX_EPOCH,
        state: outcome.state,
        outcome: Some(Box::new(outcome)),
    }))
}

fn update(device: &Device, list: &str) -> Reply {
    post(device.address, "/update", STANDARD.encode(list).as_bytes())
}

#[test]
fn answers_when_the_job_is_done() {
    let device = ending(State::Committed, None);
    let reply = update(&device, "vim\n# comment\ngit\n");
    assert_eq!((reply.status, &reply.json()["outcome"]["state"]), (200, &"committed".into()));
    let peer = device.address.ip();
    assert_eq!(device.asked()[0], Request::SeedUpdate { list: "vim\n# comment\ngit\n".to_owned(), peer });
    assert_eq!(get(device.address, "/rollback").status, 200);
    assert!(device.asked().contains(&Request::SeedRollback { peer }));
}

#[test]
fn takes_base64_as_all_clients_send_it() {
    let device = ending(State::Committed, None);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let list = "libstdc++6, g++\tvim>>"; // Its base64 differs between the alphabets, and is wrong at its end.
    let wrong = update(&device, list);
    assert_eq!((wrong.status, wrong.cause().as_str()), (422, "bad-list"));
    let list = "libstdc++6, g++\tvim";
    for body in [
        STANDARD.encode(list),
        URL_SAFE_NO_PAD.encode(list),
        format!("\n {}\r\n", STANDARD.encode(list)),
        STANDARD.encode(list).as_bytes().chunks(8).map(|line| String::from_utf8_lossy(line) + "\n").collect(),
    ] {
        let reply = send(device.address, "POST", "/update", &form, body.as_bytes());
        assert_eq!(reply.status, 200, "{body}: {reply:?}");
    }
    let lists = device
        .asked()
        .into_iter()
        .filter(|request| matches!(request, Request::SeedUpdate { list: asked, .. } if asked == list));
    assert_eq!(lists.count(), 4);
}

#[test]
fn refuses_bad_bodies_and_does_nothing() {
    let device = ending(State::Committed, None);
    let over_limit = vec![b'A'; 64 * 1024 + 1];
    for (body, status, words) in [
        (&b""[..], 400, "the body is empty"),
        (b" \n", 400, "the body is empty"),
        (b"vim git", 400, "not the base64 of a text"),
        (b"vim-2.0, git", 400, "not base64"),
        (b"list=dmlt", 400, "not base64"),
        (b"/w==", 400, "is not UTF-8"),
        (&over_limit, 413, "limit of 65536 bytes"),
    ] {
        let reply = post(device.address, "/update", body);
        assert_eq!((reply.status, reply.cause().as_str()), (status, "bad-request"));
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    for (list, words) in [
        ("# nothing\n", "lists no package"),
        ("-x", "list:1:1: \\\"-x\\\" is not a package name: options are not taken"),
        ("vim\nfoo;rm -rf /", "list:2:1: \\\"foo;rm\\\""),
        ("/etc/passwd", "paths"),
        ("hel*", "patterns"),
        ("^task", "patterns"),
        ("hel.*", "patterns"),
        ("~nfoo", "patterns"),
        ("?installed", "patterns"),
        ("vim\0", "control character"),
    ] {
        let reply = update(&device, list);
        assert_eq!((reply.status, reply.cause().as_str()), (422, "bad-list"), "{list}");
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    assert_eq!(device.asked(), []);
}

#[test]
fn tells_what_failed_and_what_it_left() {
    let device = ending(State::Failed, Some(Cause::UnknownPackage { package: "nosuch".to_owned() }));
    let reply = update(&device, "vim nosuch");
    assert_eq!(
        (reply.status, reply.cause().as_str(), &reply.json()["state"]),
        (422, "unknown-package", &"failed".into())
    );
    let script = Cause::ScriptFailed { package: "fram-failpost".to_owned(), script: Some("postinst".to_owned()) };
    let device = ending(State::RolledBack, Some(script));
    let reply = update(&device, "fram-failpost");
    assert_eq!((reply.status, &reply.json()["state"]), (500, &"rolled-back".into()));
    assert_eq!(reply.json()["order"], serde_json::json!(order()));
    let device = ending(State::NeedsYou, None);
    assert_eq!((get(device.address, "/rollback").status), 500);
}

#[test]
fn one_job_at_a_time_and_nothing_to_go_back_to() {
    let device = Device::new(|request, conversation| {
        let cause = match request {
            Request::SeedRollback { .. } => Cause::NothingRecorded,
            _ => Cause::Busy { order: Some(order()) },
        };
        conversation.answer(&Answer::Refused(cause.into()));
    });
    let reply = update(&device, "vim");
    assert_eq!((reply.status, reply.cause().as_str()), (409, "busy"));
    let reply = get(device.address, "/rollback");
    assert_eq!((reply.status, reply.cause().as_str()), (409, "nothing-recorded"));
}

#[test]
fn is_off_unless_the_network_is_listed() {
    for (settings, words) in
        [("", "switched off"), ("seed_routes = [\"10.0.0.0/8\", \"::1/128\"]", "127.0.0.1 is in none")]
    {
        let device = Device::with_settings(settings, |request, _| panic!("{request:?}"));
        for reply in [update(&device, "vim"), get(device.address, "/rollback")] {
            assert_eq!((reply.status, reply.cause().as_str()), (403, "seed-routes-off"));
            assert!(
                reply.text().contains(words) && reply.text().contains("seed_routes in /etc/framboise"),
                "{}",
                reply.text()
            );
        }
        let identity = get(device.address, "/api/v1/identity").json();
        assert_eq!(identity["seed_routes"], !settings.is_empty());
    }
}

#[test]
fn refuses_what_a_web_page_could_have_sent() {
    let device = ending(State::Committed, None);
    for header in [
        ("Host", "evil.example:5000"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Purpose", "prefetch"),
    ] {
        for reply in [
            send(device.address, "POST", "/update", &[header], b"dmlt"),
            read_reply(open(device.address, "GET", "/rollback", &[header], 0)),
        ] {
            assert_eq!((reply.status, reply.cause().as_str()), (403, "forged-request"), "{header:?}");
        }
    }
    assert_eq!(device.asked(), []);
    let name = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    for header in [
        ("Host", name.as_str()),
        ("Host", &format!("{name}.local:5000")),
        ("Host", "localhost"),
        ("Sec-Fetch-Site", "none"),
    ] {
        assert_eq!(send(device.address, "POST", "/update", &[header], b"dmlt").status, 200, "{header:?}");
    }
}

#[test]
fn the_job_outlives_its_client() {
    let device = Device::new(|request, conversation| match request {
        Request::SeedUpdate { .. } => {
            conversation.answer(&Answer::Accepted(Accepted { order: order(), duplicate: false }))
        }
        _ => conversation.closed(),
    });
    let mut stream = open(device.address, "POST", "/update", &[], 4);
    stream.write_all(b"dmlt").unwrap();
    wait_for("the job", || device.asked().len() == 2);
    drop(stream);
    // Nothing tells the root side to stop: there is no such verb, and the agent asks nothing more.
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(device.asked().len(), 2);
    assert_eq!(get(device.address, "/").status, 200);
}

#[test]
fn waits_for_a_root_side_that_restarts_in_the_middle() {
    let watches = AtomicUsize::new(0);
    let device = Device::new(move |request, conversation| match request {
        Request::SeedUpdate { .. } => {
            conversation.answer(&Answer::Accepted(Accepted { order: order(), duplicate: false }))
        }
        Request::Watch { after, .. } => match watches.fetch_add(1, Ordering::SeqCst) {
            0 => conversation.line("{\"answer\":\"event\",\"value\":{\"number\":3}}"),
            1 => {}
            _ => {
                assert_eq!(*after, 3);
                conversation.answer(&Answer::End);
            }
        },
        _ => conversation.answer(&transaction(outcome(State::Committed, None))),
    });
    assert_eq!(update(&device, "vim").status, 200);
}
