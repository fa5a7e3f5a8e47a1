//! One connection, from its first byte.

use crate::body::Body;
use crate::limits::{HEAD_TIMEOUT, STALL_MS};
use crate::{Agent, log, routes};
use framboise_core::protocol::http::HEAD_BYTES_MAX;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// The first byte of a TLS record that begins a handshake (RFC 8446, 5.1). No HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// What a client speaks.
enum Protocol {
    Http,
    Tls,
    /// It closed, or said nothing in time.
    Silent,
}

/// Serves a connection until it ends or the server stops.
pub async fn serve(agent: Arc<Agent>, stream: TcpStream, peer: IpAddr, stopping: watch::Receiver<bool>) {
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(&stream, STALL_MS) {
        log::warning(&format!("a stalled connection from {peer} will stay open: {error}"));
    }
    match protocol(&stream).await {
        Protocol::Http => serve_http(agent, stream, peer, stopping).await,
        Protocol::Tls => log::info(&format!("{peer} asked for TLS, which this version does not speak yet")),
        Protocol::Silent => {}
    }
}

async fn protocol(stream: &TcpStream) -> Protocol {
    let mut first = [0];
    match tokio::time::timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first == [TLS_HANDSHAKE] => Protocol::Tls,
        Ok(Ok(1)) => Protocol::Http,
        Ok(Ok(_) | Err(_)) | Err(_) => Protocol::Silent,
    }
}

async fn serve_http(agent: Arc<Agent>, stream: TcpStream, peer: IpAddr, mut stopping: watch::Receiver<bool>) {
    let until = stopping.clone();
    let service = service_fn(move |request| answer(Arc::clone(&agent), peer, request, until.clone()));
    let mut builder = http1::Builder::new();
    // The timer makes the time-out work; without one hyper ignores it.
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES_MAX);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let is_stopping = async { stopping.wait_for(|stopping| *stopping).await.is_ok() };
    // A connection that breaks is the client's affair; it sees it too.
    let _ = tokio::select! {
        result = connection.as_mut() => result,
        _ = is_stopping => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
}

async fn answer(
    agent: Arc<Agent>,
    peer: IpAddr,
    request: Request<hyper::body::Incoming>,
    stopping: watch::Receiver<bool>,
) -> Result<Response<Body>, Infallible> {
    Ok(routes::answer(&agent, peer, request, stopping).await)
}
