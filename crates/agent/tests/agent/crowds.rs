//! More at once than a device has places for: whoever takes many must not keep the others out.

use crate::api::order;
use crate::client::{Reply, connect_from, get, post, read_reply};
use crate::root_side::{Device, wait_for};
use framboise_core::protocol::http::PlanRequest;
use framboise_core::protocol::socket::{Answer, Request};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A root side that answers no reading verb and no plan, tells one event of each order and then waits, and does all else.
fn slow() -> Device {
    Device::new(|request, conversation| match request {
        Request::Watch { .. } => {
            conversation.line("{\"answer\":\"event\",\"value\":{\"number\":1}}");
            conversation.closed();
        }
        Request::Confirm { .. } => conversation.answer(&Answer::Done),
        _ => conversation.closed(),
    })
}

fn ask_from(device: &Device, source: &str, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = connect_from(device.address, source);
    let length = body.len();
    let head = format!("Host: localhost\r\nConnection: close\r\nContent-Length: {length}");
    stream.write_all(format!("{method} {path} HTTP/1.1\r\n{head}\r\n\r\n{body}").as_bytes()).unwrap();
    stream
}

fn refused(reply: &Reply) {
    assert_eq!((reply.status, reply.cause().as_str()), (503, "root-side-unreachable"), "{reply:?}");
    assert!(reply.text().contains("at once"), "{}", reply.text());
    assert!(reply.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
}

fn is_confirmed(device: &Device) -> bool {
    let path = format!("/api/v1/orders/{}/confirm", order());
    post(device.address, &path, b"{\"leaving\":false}").status == 204
}

fn events() -> String {
    format!("/api/v1/orders/{}/events", order())
}

/// The refusal of a stream, which would have no end if it were none.
fn turned_away(stream: TcpStream) {
    let mut start = [0; 12];
    while stream.peek(&mut start).unwrap() < start.len() {}
    assert_eq!(&start, b"HTTP/1.1 503");
    refused(&read_reply(stream));
}

/// Waits until the stream's answer has begun.
fn begun(mut stream: TcpStream) -> TcpStream {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

#[test]
fn event_streams_of_one_address_leave_room_for_others() {
    let device = slow();
    let mut held: Vec<TcpStream> =
        (0..8).map(|_| begun(ask_from(&device, "127.0.0.2", "GET", &events(), ""))).collect();
    turned_away(ask_from(&device, "127.0.0.2", "GET", &events(), ""));
    drop(begun(ask_from(&device, "127.0.0.3", "GET", &events(), "")));
    assert!(is_confirmed(&device));
    // A place that is given back is a place again.
    held.pop();
    wait_for("a place", || {
        let mut status = [0; 12];
        let mut stream = ask_from(&device, "127.0.0.2", "GET", &events(), "");
        stream.read_exact(&mut status).unwrap();
        &status == b"HTTP/1.1 200"
    });
}

#[test]
fn event_streams_of_all_addresses_leave_room_for_the_confirmation() {
    let device = slow();
    let held: Vec<TcpStream> =
        (0..24).map(|at| begun(ask_from(&device, &format!("127.0.1.{}", at / 8 + 1), "GET", &events(), ""))).collect();
    turned_away(ask_from(&device, "127.0.2.1", "GET", &events(), ""));
    assert!(is_confirmed(&device));
    drop(held);
}

#[test]
fn few_read_the_whole_device_at_once() {
    let device = slow();
    let paths = ["state", "status", "restore-points", "restore-points/1"];
    let mut held = Vec::new();
    for source in ["127.0.1.1", "127.0.1.2"] {
        held.extend(paths.map(|path| ask_from(&device, source, "GET", &format!("/api/v1/{path}"), "")));
        wait_for("the root side to be asked", || device.asked().len() == held.len());
        if held.len() == 4 {
            refused(&read_reply(ask_from(&device, source, "GET", "/api/v1/vault", "")));
        }
    }
    for path in ["state", "status", "restore-points", "vault", "receipts"] {
        refused(&get(device.address, &format!("/api/v1/{path}")));
    }
    assert!(is_confirmed(&device));
    assert_eq!(get(device.address, "/api/v1/identity").status, 200);
    drop(held);
}

#[test]
fn few_plans_are_made_at_once() {
    let device = slow();
    let plan = PlanRequest::Update { file_name: "kiosk.txt".to_owned(), text: "vim\n".to_owned() };
    let plan = serde_json::to_string(&plan).unwrap();
    let mut held = Vec::new();
    for source in ["127.0.1.1", "127.0.1.2"] {
        held.extend([0, 1].map(|_| ask_from(&device, source, "POST", "/api/v1/plan", &plan)));
        wait_for("the root side to be asked", || device.asked().len() == held.len());
        refused(&read_reply(ask_from(&device, source, "POST", "/api/v1/plan", &plan)));
    }
    refused(&post(device.address, "/api/v1/plan", plan.as_bytes()));
    assert!(is_confirmed(&device));
}

#[test]
fn who_reads_a_long_answer_slowly_keeps_its_place_until_it_goes() {
    let long = format!("{{\"answer\":\"state\",\"value\":[\"{}\"]}}\n", "x".repeat(16 << 20));
    let device = Device::new(move |request, conversation| match request {
        Request::State => conversation.raw(long.as_bytes()),
        _ => conversation.answer(&Answer::Done),
    });
    let held: Vec<TcpStream> =
        (0..4).map(|_| begun(ask_from(&device, "127.0.0.1", "GET", "/api/v1/state", ""))).collect();
    refused(&get(device.address, "/api/v1/state"));
    drop(held);
    wait_for("a place", || get(device.address, "/api/v1/state").is_whole);
}
