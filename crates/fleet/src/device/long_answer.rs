//! An answer that comes bit by bit for as long as an order takes, over a connection that keeps no memory while it is silent.
//!
//! A client for everything keeps some 29 KB for each connection; ten thousand devices at work are as many connections. The
//! request is one of HTTP/1.0 (RFC 1945): the body is what comes until the connection ends, without chunks to take apart.

use super::{ANSWER_MAX, CONNECT_MAX, SILENCE, USER_AGENT};
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{Stream, stream};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Far more than an agent's head takes.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// More headers than any agent sends.
const HEADERS_MAX: usize = 64;

/// What one look takes from the socket.
const LOOK_BYTES: usize = 8 << 10;

/// What a device answers: its status, and a body that goes on.
pub(super) struct LongAnswer {
    pub status: u16,
    stream: TcpStream,
    /// What came already.
    read: Bytes,
}

/// Asks a device for `path`.
///
/// # Errors
/// When nobody answers in time, or something that is not HTTP does.
pub(super) async fn get(address: SocketAddr, path: &str) -> io::Result<LongAnswer> {
    let mut stream = timeout(CONNECT_MAX, TcpStream::connect(address)).await??;
    SILENCE.find_out_on(&stream)?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nUser-Agent: {USER_AGENT}\r\n\r\n");
    let answered = async {
        stream.write_all(request.as_bytes()).await?;
        let mut read = BytesMut::new();
        loop {
            if let Some((status, head_bytes)) = head(&read)? {
                read.advance(head_bytes);
                return Ok::<_, io::Error>((status, read));
            }
            let bytes = poll_fn(|context| poll_some(&stream, context)).await?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            read.extend_from_slice(&bytes);
        }
    };
    let (status, read) = timeout(ANSWER_MAX, answered).await??;
    Ok(LongAnswer { status, stream, read: read.freeze() })
}

impl LongAnswer {
    /// The body, as it comes.
    pub(super) fn bytes(self) -> impl Stream<Item = io::Result<Bytes>> {
        let LongAnswer { stream, read: mut first, .. } = self;
        stream::poll_fn(move |context| {
            if !first.is_empty() {
                return Poll::Ready(Some(Ok(std::mem::take(&mut first))));
            }
            let some = std::task::ready!(poll_some(&stream, context));
            Poll::Ready(some.map(|bytes| (!bytes.is_empty()).then_some(bytes)).transpose())
        })
    }
}

/// The status, and how long the head is, once all of it came.
fn head(read: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(read) {
        Ok(httparse::Status::Complete(bytes)) => Ok(response.code.map(|status| (status, bytes))),
        Ok(httparse::Status::Partial) if read.len() < HEAD_BYTES_MAX => Ok(None),
        Ok(httparse::Status::Partial) => Err(io::Error::new(io::ErrorKind::InvalidData, "an answer without end")),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// What has come, as soon as anything has; empty when the connection has ended.
fn poll_some(stream: &TcpStream, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
    loop {
        std::task::ready!(stream.poll_read_ready(context))?;
        match look(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            looked => return Poll::Ready(looked),
        }
    }
}

/// The space for it is nobody's but while it looks.
fn look(stream: &TcpStream) -> io::Result<Bytes> {
    let mut space = [0; LOOK_BYTES];
    let length = stream.try_read(&mut space)?;
    Ok(space.get(..length).map_or_else(Bytes::new, Bytes::copy_from_slice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;
    use std::time::Duration;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    /// What a server's pieces come to, sent one after the other to whoever asks.
    async fn answered(pieces: &'static [&'static str]) -> io::Result<(u16, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await?;
            let mut request = [0; 256];
            let length = connection.read(&mut request).await?;
            assert!(request.get(..length).is_some_and(|request| request.starts_with(b"GET /some/path HTTP/1.0\r\n")));
            for piece in pieces {
                connection.write_all(piece.as_bytes()).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            io::Result::Ok(())
        });
        let answer = get(address, "/some/path").await?;
        let (status, body) = (answer.status, answer.bytes().try_collect::<Vec<Bytes>>().await?.concat());
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    #[tokio::test]
    async fn head_and_body_may_come_in_any_pieces() {
        let whole = Ok((200, "id: 1\n\nid: 2\n\n".to_owned()));
        for pieces in [
            &["HTTP/1.0 200 OK\r\na: b\r\n\r\nid: 1\n\nid: 2\n\n"] as &[&str],
            &["HTTP/1.1 20", "0 OK\r\na: b\r\n", "\r\nid: 1\n", "\nid: 2\n\n"],
            &["HTTP/1.0 200 OK\r\na: b\r\n\r\n", "id: 1\n\nid: 2\n\n"],
        ] {
            assert_eq!(answered(pieces).await.map_err(|error| error.to_string()), whole, "{pieces:?}");
        }
        assert_eq!(answered(&["HTTP/1.0 409 No\r\n\r\n", "{}"]).await.unwrap(), (409, "{}".to_owned()));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        assert_eq!(answered(&["SSH-2.0-OpenSSH_9.2\r\n"]).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(answered(&["HTTP/1.0 200 OK\r\na:"]).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(answered(&[]).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_head_without_end_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await?;
            connection.write_all(b"HTTP/1.0 200 OK\r\na: ").await?;
            while connection.write_all(&[b'x'; 1024]).await.is_ok() {}
            io::Result::Ok(())
        });
        assert_eq!(get(address, "/").await.err().map(|error| error.kind()), Some(io::ErrorKind::InvalidData));
    }
}
