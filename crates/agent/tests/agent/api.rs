//! The interface under `/api/v1/`.

use crate::client::{get, open, post, read_reply, send};
use crate::root_side::{DEVICE, Device};
use framboise_core::cause::{Cause, Failure};
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::protocol::http::{Accepted, Identity, PlanRequest};
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::trust::Sealed;

pub fn order() -> OrderId {
    OrderId::new(1_700_000_000_000, [7; 10])
}

#[test]
fn tells_who_it_is_without_waking_the_root_side() {
    let device = Device::alone();
    let identity: Identity = serde_json::from_slice(&get(device.address, "/api/v1/identity").body).unwrap();
    assert_eq!((&*identity.device.0, identity.api), (DEVICE, 1));
    assert!(identity.seed_routes && !identity.name.is_empty() && !identity.os.is_empty());
    let home = get(device.address, "/");
    assert!(home.text().starts_with("This is Framboise on "), "{home:?}");
    assert_eq!(get(device.address, "/api/v1/openapi.json").json()["openapi"], "3.1.0");
}

#[test]
fn tells_when_the_root_side_is_not_there() {
    let device = Device::alone();
    for path in ["status", "state", "restore-points", "vault", "receipts", &format!("orders/{}/events", order())] {
        let reply = get(device.address, &format!("/api/v1/{path}"));
        assert_eq!((reply.status, reply.cause().as_str()), (503, "root-side-unreachable"), "{path}");
    }
    assert_eq!(post(device.address, "/api/v1/orders", b"{}").status, 503);
    assert_eq!(post(device.address, "/update", b"dmlt").status, 503);
}

#[test]
fn passes_an_order_on_byte_for_byte() {
    let device = Device::answering(Answer::Accepted(Accepted { order: order(), duplicate: true }));
    let large = "\"\\".repeat(700_000);
    let orders = ["{ \"payload\" :\t\"é\\u0000\"}\r\n\n ", "not even JSON \u{7f}\u{2028}\u{1f353}", "{}", &large];
    for (at, sealed) in orders.iter().enumerate() {
        let reply = post(device.address, "/api/v1/orders", sealed.as_bytes());
        assert_eq!(reply.status, 202, "{reply:?}");
        assert_eq!(reply.json(), serde_json::json!({ "order": order(), "duplicate": true }));
        assert_eq!(device.asked()[at], Request::Order { sealed: Sealed((*sealed).to_owned()) });
    }
}

#[test]
fn refuses_orders_that_cannot_be_passed_on() {
    let device = Device::answering(Answer::Accepted(Accepted { order: order(), duplicate: false }));
    for (body, status) in [(&b""[..], 400), (b"\xff", 400), (&vec![b'x'; 3 << 20], 413)] {
        let reply = post(device.address, "/api/v1/orders", body);
        assert_eq!((reply.status, reply.cause().as_str()), (status, "bad-request"));
    }
    // Without a Content-Length the limit is found on the way.
    let mut stream = crate::client::connect(device.address);
    let mut request =
        "POST /update HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            .as_bytes()
            .to_vec();
    request.extend(format!("10001\r\n{}\r\n0\r\n\r\n", "A".repeat(0x10001)).bytes());
    let _ = std::io::Write::write_all(&mut stream, &request);
    assert_eq!(read_reply(stream).status, 413);
    assert_eq!(device.asked(), []);
}

#[test]
fn passes_values_on_as_the_root_side_wrote_them() {
    // A megabyte, with what this version of the agent does not know.
    let value = format!("{{\"packages\":{{}},\"new\":[{}\"}}\\n\"]}}", "\"x}\",".repeat(200_000));
    let told = value.clone();
    let device = Device::new(move |request, conversation| match request {
        Request::State => {
            let line = format!("{{\"answer\":\"state\",\"value\":{told}}}\n");
            for piece in line.as_bytes().chunks(100_001) {
                conversation.raw(piece);
            }
            conversation.closed();
        }
        // Spelled in another way than core does.
        Request::RestorePoints => conversation.line("{ \"value\": [ 1 ], \"answer\": \"restore-points\" }"),
        Request::Receipts { after } => {
            conversation.line(&format!("{{\"answer\":\"receipts\",\"value\":[\"after {after}\"]}}"))
        }
        Request::RestorePoint { id } => {
            conversation.answer(&Answer::Refused(Cause::UnknownRestorePoint { id: *id }.into()))
        }
        _ => conversation.line("{\"answer\":\"staged\"}"),
    });
    let reply = get(device.address, "/api/v1/state");
    assert!(reply.status == 200 && reply.is_whole && reply.text() == value);
    assert_eq!(get(device.address, "/api/v1/restore-points").text(), "[ 1 ]");
    assert_eq!(get(device.address, "/api/v1/receipts?after=7").text(), "[\"after 7\"]");
    let reply = get(device.address, "/api/v1/restore-points/9");
    assert_eq!((reply.status, reply.cause().as_str()), (404, "unknown-restore-point"));
    assert_eq!(device.asked().last(), Some(&Request::RestorePoint { id: RestorePointId(9) }));
    let reply = get(device.address, "/api/v1/status");
    assert_eq!((reply.status, reply.cause().as_str()), (503, "root-side-unreachable"));
}

#[test]
fn half_a_value_is_not_taken_for_a_whole_one() {
    let start = format!("{{\"answer\":\"state\",\"value\":[\"{}}}", "x".repeat(1_000_000));
    let device = Device::new(move |_, conversation| conversation.raw(start.as_bytes()));
    assert!(!get(device.address, "/api/v1/state").is_whole);
    let device = Device::new(|_, conversation| conversation.raw(b"{\"answer\":\"state\",\"value\":{}}"));
    let reply = get(device.address, "/api/v1/state");
    assert_eq!((reply.status, reply.cause().as_str()), (503, "root-side-unreachable"));
}

#[test]
fn asks_for_plans() {
    let device = Device::new(|_, conversation| conversation.line("{\"answer\":\"plan\",\"value\":{\"x\":1}}"));
    let plan = PlanRequest::Update { file_name: "kiosk.txt".to_owned(), text: "vim\n".to_owned() };
    let reply = post(device.address, "/api/v1/plan", &serde_json::to_vec(&plan).unwrap());
    assert_eq!((reply.status, reply.text()), (200, "{\"x\":1}"));
    assert_eq!(device.asked(), [Request::Plan { plan }]);
    let reply = post(device.address, "/api/v1/plan", b"{\"action\":\"dance\"}");
    assert_eq!((reply.status, reply.cause().as_str()), (400, "bad-request"));
}

#[test]
fn refusals_of_the_root_side_keep_their_words_and_get_a_status() {
    for (cause, status) in [
        (Cause::NotSigned { problem: "nobody".to_owned() }, 403),
        (Cause::Replayed { counter: 1, seen: 2 }, 409),
        (Cause::ChangedSincePlan { differences: vec![] }, 409),
        (Cause::DiskFull { path: "/".to_owned(), missing_bytes: None }, 507),
    ] {
        let failure = Failure::new(cause, "E: apt's own words");
        let device = Device::answering(Answer::Refused(failure.clone()));
        let reply = post(device.address, "/api/v1/orders", b"{}");
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(serde_json::from_slice::<Failure>(&reply.body).unwrap(), failure);
    }
}

#[test]
fn tells_what_is_not_there() {
    let device = Device::alone();
    for path in ["/x", "/api/v1/", "/api/v2/status", "/api/v1/orders/"] {
        let reply = get(device.address, path);
        assert_eq!((reply.status, reply.cause().as_str()), (404, "bad-request"), "{path}");
    }
    for (method, path, allowed) in
        [("GET", "/update", "POST"), ("POST", "/rollback", "GET"), ("PUT", "/api/v1/plan", "POST")]
    {
        let reply = send(device.address, method, path, &[], b"");
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allowed)), "{method} {path}");
    }
    for path in ["orders/7", "restore-points/x", "restore-points/-1", "receipts?after=x", "receipts?before=1"] {
        let reply = get(device.address, &format!("/api/v1/{path}"));
        assert_eq!((reply.status, reply.cause().as_str()), (400, "bad-request"), "{path}");
    }
}

#[test]
fn refuses_requests_of_web_pages() {
    let device = Device::alone();
    for header in [("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let reply = read_reply(open(device.address, "GET", "/api/v1/identity", &[header], 0));
        assert_eq!((reply.status, reply.cause().as_str()), (403, "forged-request"), "{header:?}");
    }
}
