//! Requests that are no request of an operator: broken bodies, pages in a browser, strangers.

use crate::pi::{Pi, base64_of};
use framboise_lab::{Suite, Up};

/// Within it a body is read (DESIGN: a package list).
const BODY_BYTES_MAX: usize = 64 * 1024;

#[test]
fn bodies_that_are_no_list_are_refused() {
    let pi = Pi::raise(Suite::Bookworm);
    let before = pi.snapshot();
    pi.post("").refused(400, "bad-request").saying("is empty");
    pi.post("%%%").refused(400, "bad-request").saying("not base64");
    pi.post("fram-hello").refused(400, "bad-request");
    pi.post(&format!("list={}", base64_of("fram-hello"))).refused(400, "bad-request").saying("not base64");
    pi.post(&base64_of(b"fram-hello\n\xff\xfe")).refused(400, "bad-request").saying("byte 12");
    pi.post(&base64_of("fram-hello\0")).refused(422, "bad-list").saying("control character");
    for path in ["/update", "/rollback", "/api/v1/plan"] {
        let wrong = if path == "/rollback" { "POST" } else { "GET" };
        pi.request(path, &["--request", wrong]).refused(405, "bad-request");
    }
    pi.request("/update", &["--request", "PUT", "--data", &base64_of("fram-hello")]).refused(405, "bad-request");
    pi.get("/updates").refused(404, "bad-request").saying("/updates");
    pi.snapshot().same_as(&before, "after bodies that are no list");
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let pi = Pi::raise(Suite::Trixie);
    let before = pi.snapshot();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list");
    let list = |bytes: usize| "fram-hello ".repeat(bytes / 11 + 1);
    std::fs::write(&file, base64_of(list(BODY_BYTES_MAX))).unwrap();
    let body = format!("@{}", file.display());
    pi.request("/update", &["--data-binary", &body]).refused(413, "bad-request").saying("65536 bytes");
    // Without a length in its head: counted while it comes.
    let chunked = ["--data-binary", &body, "--header", "Transfer-Encoding: chunked"];
    pi.request("/update", &chunked).refused(413, "bad-request").saying("65536 bytes");
    std::fs::write(&file, "x".repeat(3 << 20)).unwrap();
    pi.request("/api/v1/orders", &["--data-binary", &body]).refused(413, "bad-request");
    pi.snapshot().same_as(&before, "after bodies over the limit");
}

#[test]
fn what_a_web_page_could_have_sent_is_refused() {
    let pi = Pi::raise(Suite::Bookworm);
    pi.update("fram-hello").done();
    let before = pi.snapshot();
    let body = base64_of("fram-conf");
    let forged = [
        ("Origin: http://evil.example", "Origin"),
        ("Origin: null", "Origin"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site"),
        ("Sec-Fetch-Site: same-site", "Sec-Fetch-Site"),
        ("Host: evil.example", "Host"),
        ("Host: evil.example:5000", "Host"),
        ("Host: pi-1.evil.example", "Host"),
        ("Host:", "Host"),
    ];
    for (header, named) in forged {
        let update = pi.request("/update", &["--data", &body, "--header", header]);
        let rollback = pi.request("/rollback", &["--header", header]);
        for answer in [update, rollback] {
            // HTTP itself demands a Host (RFC 9112, 3.2): what lacks it may be refused as no request at all.
            if header == "Host:" && answer.status == 400 {
                continue;
            }
            answer.refused(403, "forged-request").saying(named);
        }
    }
    pi.snapshot().same_as(&before, "after forged requests");
    pi.request("/rollback", &["--header", "Host: pi-1.local:5000"]).done();
}

#[test]
fn seed_routes_are_for_the_listed_networks_alone() {
    let pi = Pi::raise_as(&Up::devices(2).suite(Suite::Trixie));
    let neighbour = pi.lab.device("pi-2").unwrap();
    let before = pi.snapshot();
    // Its own address, and nobody else's.
    pi.sh("echo 'seed_routes = [\"10.77.0.12/32\"]' > /etc/framboise/framboise.toml");
    let changed = pi.snapshot();
    // The root side reads the setting at each request: it is enough to close the door there.
    pi.update("fram-hello").refused(403, "seed-routes-off");
    pi.sh("systemctl restart framboised");
    pi.device.wait_for_agent().unwrap();
    pi.update("fram-hello").refused(403, "seed-routes-off").saying("10.77.0.12/32");
    pi.rollback().refused(403, "seed-routes-off");
    pi.snapshot().same_as(&changed, "after requests of strangers");
    assert_eq!(pi.get("/api/v1/identity").json["seed_routes"], true);
    let script = "printf 'POST /update HTTP/1.1\\r\\nHost: 10.77.0.11\\r\\nContent-Length: 16\\r\\nConnection: close\\r\\n\\r\\nZnJhbS1oZWxsbw==' | \
                  perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(\"10.77.0.11:5000\") or die; print $s <STDIN>; print <$s>'";
    let answer = neighbour.check(["sh", "-c", script]).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
    pi.sh("echo 'seed_routes = []' > /etc/framboise/framboise.toml; systemctl restart framboised");
    pi.device.wait_for_agent().unwrap();
    pi.update("fram-conf").refused(403, "seed-routes-off");
    assert_eq!(pi.get("/api/v1/identity").json["seed_routes"], false);
    drop(before);
}

#[test]
fn nobody_orders_without_a_signature() {
    let pi = Pi::raise(Suite::Bookworm);
    let before = pi.snapshot();
    pi.request("/api/v1/orders", &["--data", "fram-hello"]).refused(403, "not-signed");
    let unsigned = r#"{"payloadType":"application/vnd.framboise.order.v1+json","payload":"e30=","signatures":[]}"#;
    pi.request("/api/v1/orders", &["--data", unsigned]).refused(403, "not-signed");
    let zeros = "0".repeat(64);
    let staged = format!("/api/v1/staged/{zeros}");
    let header = format!("framboise-staging: {}", base64_of(unsigned));
    let staged = pi.request(&staged, &["--request", "PUT", "--data", "x", "--header", &header]);
    staged.refused(403, "not-signed");
    pi.get("/api/v1/orders/01234567-89ab-7def-8123-456789abcdef").refused(404, "unknown-order");
    pi.get("/api/v1/orders/nonsense").refused(400, "bad-request");
    pi.get("/api/v1/restore-points/7").refused(404, "unknown-restore-point");
    pi.snapshot().same_as(&before, "after unsigned orders");
}
