//! A plain HTTP client, which can also be a bad one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub is_whole: bool,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The cause's kind, of an answer that must be a refusal in the one form.
    pub fn cause(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let json = self.json();
        assert!(!json["message"].as_str().unwrap().is_empty() && !json["next_step"].as_str().unwrap().is_empty());
        json["cause"]["kind"].as_str().unwrap().to_owned()
    }
}

pub fn get(address: SocketAddr, path: &str) -> Reply {
    send(address, "GET", path, &[], b"")
}

pub fn post(address: SocketAddr, path: &str, body: &[u8]) -> Reply {
    send(address, "POST", path, &[], body)
}

pub fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = open(address, method, path, headers, body.len());
    // A server that refuses early may close before it has read all.
    let _ = stream.write_all(body);
    read_reply(stream)
}

/// A request's head, sent; `Host` is there unless `headers` name one.
pub fn open(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> TcpStream {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if length > 0 || method != "GET" {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = connect(address);
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

/// A connection from this address of the loopback interface.
pub fn connect_from(address: SocketAddr, source: &str) -> TcpStream {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::new(source.parse().unwrap(), 0)).unwrap();
    connect(&socket, &address).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

/// Everything until the server closes, as far as it came.
pub fn read_all(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return bytes,
            Err(error) => panic!("{error}"),
        }
    }
}

pub fn read_reply(stream: TcpStream) -> Reply {
    let bytes = read_all(stream);
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer's head");
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let reply = Reply { status, head, body: Vec::new(), is_whole: false };
    let rest = &bytes[split + 4..];
    if reply.header("transfer-encoding") == Some("chunked") {
        let (body, is_whole) = unchunked(rest);
        return Reply { body, is_whole, ..reply };
    }
    let length = reply.header("content-length").map_or(0, |text| text.parse().unwrap());
    Reply { body: rest.to_vec(), is_whole: rest.len() == length, ..reply }
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line_end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line_end]).unwrap(), 16).unwrap();
        let start = line_end + 2;
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(rest.get(start..start + size).unwrap_or(&rest[start.min(rest.len())..]));
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
    (body, false)
}
