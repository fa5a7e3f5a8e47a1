//! Handing a .deb to the device.

use crate::client::{open, read_reply, send};
use crate::root_side::Device;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framboise_core::cause::Cause;
use framboise_core::digest::Digest;
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::trust::Sealed;
use std::io::Write as _;

#[test]
fn passes_the_bytes_on() {
    let device = Device::new(|request, conversation| {
        let Request::Stage { sha256, bytes, .. } = request else { panic!("{request:?}") };
        let deb = conversation.read(*bytes);
        let answer = if Digest::of(&deb) == *sha256 { Answer::Done } else { Answer::End };
        conversation.answer(&answer);
    });
    let deb: Vec<u8> = (0..3_000_001_u32).flat_map(u32::to_le_bytes).collect();
    let sealed = "{\"payload\":\"\u{1f353}\"}";
    let path = format!("/api/v1/staged/{}", Digest::of(&deb));
    let reply = send(device.address, "PUT", &path, &[("Framboise-Staging", &STANDARD.encode(sealed))], &deb);
    assert_eq!(reply.status, 204, "{reply:?}");
    let sealed = Sealed(sealed.to_owned());
    assert_eq!(device.asked(), [Request::Stage { sealed, sha256: Digest::of(&deb), bytes: deb.len() as u64 }]);
}

#[test]
fn tells_at_once_when_it_is_not_wanted() {
    let device = Device::new(|_, conversation| {
        conversation.answer(&Answer::Refused(Cause::NotSigned { problem: "nobody".to_owned() }.into()));
    });
    let deb = vec![0; 40 << 20];
    let path = format!("/api/v1/staged/{}", Digest::of(&deb));
    let reply = send(device.address, "PUT", &path, &[("Framboise-Staging", "e30=")], &deb);
    assert_eq!((reply.status, reply.cause().as_str()), (403, "not-signed"));
}

#[test]
fn refuses_what_it_cannot_pass_on() {
    let device = Device::answering(Answer::Done);
    let path = format!("/api/v1/staged/{}", Digest::of(b""));
    for (path, headers, status) in [
        ("/api/v1/staged/x", vec![("Framboise-Staging", "e30=")], 400),
        (path.as_str(), vec![], 400),
        (&path, vec![("Framboise-Staging", "%")], 400),
        (&path, vec![("Framboise-Staging", "/w==")], 400),
    ] {
        let reply = send(device.address, "PUT", path, &headers, b"deb");
        assert_eq!((reply.status, reply.cause().as_str()), (status, "bad-request"), "{headers:?}");
    }
    let mut stream = crate::client::connect(device.address);
    let head = "Host: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nFramboise-Staging: e30=";
    stream.write_all(format!("PUT {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(read_reply(stream).status, 411);
    assert_eq!(device.asked(), []);
}

#[test]
fn a_deb_that_breaks_off_is_not_staged() {
    let (read, was_read) = std::sync::mpsc::channel();
    let device = Device::new(move |_, conversation| read.send(conversation.read(100).len()).unwrap());
    let path = format!("/api/v1/staged/{}", Digest::of(b""));
    let mut stream = open(device.address, "PUT", &path, &[("Framboise-Staging", "e30=")], 100);
    stream.write_all(b"half").unwrap();
    drop(stream);
    assert_eq!(was_read.recv().unwrap(), 4);
}
