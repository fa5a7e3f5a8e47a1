//! Asks whoever accepted a connection who it is.

use crate::identity::checked;
use framboise_core::protocol::http::Identity;
use framboise_core::text::visible;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HOST, SERVER};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// An identity is a few hundred bytes; another program may send anything.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Enough of another program's name to know it by.
const NAME_CHARS_MAX: usize = 60;

/// What became of the question.
#[derive(Debug)]
pub(super) enum Reply {
    /// An agent.
    Agent(Box<Identity>),
    /// Another program, described.
    Other(String),
    /// Nothing came back in time, or the connection broke: worth asking again.
    Lost,
}

/// Asks once, for at most `limit`.
pub(super) async fn identify(stream: TcpStream, address: SocketAddr, limit: Duration) -> Reply {
    match tokio::time::timeout(limit, exchange(stream, address)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) if error.is_parse() => Reply::Other("something that is not HTTP".to_owned()),
        Ok(Err(_)) | Err(_) => Reply::Lost,
    }
}

async fn exchange(stream: TcpStream, address: SocketAddr) -> Result<Reply, hyper::Error> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/api/v1/identity").header(HOST, address.to_string()).header(CONNECTION, "close");
    let Ok(request) = request.body(Empty::<Bytes>::new()) else { return Ok(Reply::Lost) };
    let answer = async {
        let response = sender.send_request(request).await?;
        Ok(read(response).await)
    };
    // The connection only moves while it is polled; it may end before or after the answer has been read.
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        reply = &mut answer => reply,
        ended = &mut connection => match ended {
            Ok(()) => answer.await,
            Err(error) => Err(error),
        },
    }
}

async fn read(response: Response<Incoming>) -> Reply {
    let name = name_of(&response);
    let is_ok = response.status() == StatusCode::OK;
    match Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await {
        Ok(body) if is_ok => match serde_json::from_slice(&body.to_bytes()).ok().and_then(checked) {
            Some(identity) => Reply::Agent(Box::new(identity)),
            None => Reply::Other(name),
        },
        Ok(_) => Reply::Other(name),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Reply::Other(name),
        Err(_) => Reply::Lost,
    }
}

fn name_of(response: &Response<Incoming>) -> String {
    let server = response.headers().get(SERVER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name: String = visible(server).chars().take(NAME_CHARS_MAX).collect();
    let name = if name.is_empty() { "a web server".to_owned() } else { name };
    format!("{name}, status {}", response.status().as_u16())
}
