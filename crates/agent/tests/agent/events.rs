//! Live progress.

use crate::api::order;
use crate::client::{Reply, get, open, read_reply};
use crate::root_side::Device;
use framboise_core::cause::Cause;
use framboise_core::protocol::socket::{Answer, Request};
use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

/// Tells events 1 to 5, of which 4 is of a kind nobody knows yet.
fn five() -> Device {
    Device::new(|request, conversation| {
        let Request::Watch { after, .. } = request else { panic!("{request:?}") };
        for number in after + 1..=5 {
            let kind = if number == 4 { "dance" } else { "line" };
            conversation.line(&format!(
                "{{\"answer\":\"event\",\"value\":{{\"number\":{number},\"event\":\"{kind}\",\"text\":\"a\\nb\"}}}}"
            ));
        }
        conversation.answer(&Answer::End);
    })
}

fn events(device: &Device, query: &str, headers: &[(&str, &str)]) -> Reply {
    let path = format!("/api/v1/orders/{}/events{query}", order());
    read_reply(open(device.address, "GET", &path, headers, 0))
}

fn ids(reply: &Reply) -> Vec<u64> {
    reply.text().lines().filter_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().unwrap()).collect()
}

#[test]
fn tells_events_with_their_numbers_and_ends() {
    let device = five();
    let reply = events(&device, "", &[]);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/event-stream")));
    assert!(reply.is_whole);
    assert_eq!(ids(&reply), [1, 2, 3, 4, 5]);
    let first = "id: 1\ndata: {\"number\":1,\"event\":\"line\",\"text\":\"a\\nb\"}\n\n";
    assert!(reply.text().starts_with(first), "{}", reply.text());
    assert!(reply.text().contains("\"event\":\"dance\""));
}

#[test]
fn goes_on_after_the_last_event_that_a_client_has() {
    let device = five();
    assert_eq!(ids(&events(&device, "?after=3", &[])), [4, 5]);
    assert_eq!(ids(&events(&device, "", &[("Last-Event-ID", "2")])), [3, 4, 5]);
    assert_eq!(ids(&events(&device, "?after=1", &[("Last-Event-ID", "4")])), [5]);
    assert_eq!(events(&device, "", &[("Last-Event-ID", "x")]).status, 400);
    // Nothing more to come: a browser that got 200 would ask for ever.
    assert_eq!(events(&device, "?after=5", &[]).status, 204);
}

#[test]
fn tells_when_an_order_is_not_known() {
    let device = Device::answering(Answer::Refused(Cause::UnknownOrder { order: order() }.into()));
    let reply = events(&device, "", &[]);
    assert_eq!((reply.status, reply.cause().as_str()), (404, "unknown-order"));
}

#[test]
fn shows_in_silence_that_it_is_there_and_ends_when_the_server_stops() {
    let device = Device::new(|_, conversation| {
        conversation.line("{\"answer\":\"event\",\"value\":{\"number\":1}}");
        conversation.raw(b"{\"answer\":\"event\",\"value\":");
        std::thread::sleep(Duration::from_secs(12));
        // A line that was cut in two by the silence is still one line.
        conversation.raw(b"{\"number\":2}}\n");
        conversation.closed();
    });
    let path = format!("/api/v1/orders/{}/events", order());
    let mut lines = BufReader::new(open(device.address, "GET", &path, &[], 0)).lines().map_while(Result::ok);
    let start = Instant::now();
    assert!(lines.any(|line| line == "id: 1"));
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(lines.any(|line| line == ": still here"));
    assert!((9..12).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(lines.any(|line| line == "id: 2"));
    device.terminate();
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line == "0"), "the stream's end: {rest:?}");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn hangs_up_on_the_root_side_when_the_client_is_gone() {
    let (gone, is_gone) = std::sync::mpsc::channel();
    let device = Device::new(move |_, conversation| {
        conversation.line("{\"answer\":\"event\",\"value\":{\"number\":1}}");
        conversation.closed();
        gone.send(()).unwrap();
    });
    let path = format!("/api/v1/orders/{}/events", order());
    let stream = open(device.address, "GET", &path, &[], 0);
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    drop(stream);
    is_gone.recv_timeout(Duration::from_secs(15)).unwrap();
    assert_eq!(get(device.address, "/").status, 200);
}
