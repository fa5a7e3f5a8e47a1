//! A fake device's HTTP server.

use super::Shared;
use super::answers::{Answer, bad_request, json, take_order};
use bytes::Bytes;
use framboise_core::event::EventKind;
use framboise_core::protocol::http::{Confirm, HEAD_BYTES_MAX, STAGING_HEADER};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Serves while there is power; listens on the same address again when power comes back.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(address) = listener.local_addr() else { return };
    let mut power = shared.power.subscribe();
    let mut listener = Some(listener);
    loop {
        let open = match listener.take() {
            Some(listener) => Ok(listener),
            None => TcpListener::bind(address).await,
        };
        if let Ok(open) = open {
            tokio::select! {
                () = accept(open, &shared) => {}
                _ = power.wait_for(|on| !on) => {}
            }
        }
        if power.wait_for(|on| *on).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(shared)));
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let mut power = shared.power.subscribe();
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(request, &shared).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    let connection = builder.max_buf_size(HEAD_BYTES_MAX).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        _ = power.wait_for(|on| !on) => {}
    }
}

async fn respond(request: Request<Incoming>, shared: &Arc<Shared>) -> Response<Body> {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let path: Vec<String> = uri.path().split('/').skip(3).map(str::to_owned).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let after =
        uri.query().and_then(|query| query.strip_prefix("after=")).and_then(|text| text.parse().ok()).unwrap_or(0);
    let permission = request.headers().get(STAGING_HEADER).map(|value| value.as_bytes().to_vec());
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return answered(Err(bad_request("the body broke off")), StatusCode::OK),
    };
    if let (&Method::GET, ["orders", id, "events"]) = (&method, path.as_slice()) {
        return match shared.memory().order(id).map(|_| ()) {
            Ok(()) => Response::new(UnsyncBoxBody::new(StreamBody::new(told(shared, after as u64)))),
            Err(failure) => answered(Err(failure), StatusCode::OK),
        };
    }
    let takes = shared.memory().script.takes(&method, &path);
    tokio::time::sleep(takes).await;
    if let (&Method::PUT, ["staged", digest]) = (&method, path.as_slice()) {
        let taken = shared.memory().stage(digest, &body, &permission.unwrap_or_default());
        return answered(taken, StatusCode::OK);
    }
    if let (&Method::POST, ["orders"]) = (&method, path.as_slice())
        && shared.memory().script.loses_answer
    {
        drop(take_order(shared, &body));
        let cut = Err(std::io::Error::other("cut off"));
        return Response::new(UnsyncBoxBody::new(StreamBody::new(stream::iter([cut]))));
    }
    let status = if path.as_slice() == ["orders"] { StatusCode::ACCEPTED } else { StatusCode::OK };
    answered(answer(&method, &path, after, &body, shared), status)
}

fn answer(method: &Method, path: &[&str], after: usize, body: &[u8], shared: &Arc<Shared>) -> Answer {
    match (method, path) {
        (&Method::GET, ["identity"]) => json(&shared.memory().script.identity()),
        (&Method::GET, ["status"]) => shared.memory().status(),
        (&Method::GET, ["state"]) => json(&shared.memory().script.now),
        (&Method::GET, ["restore-points"]) => shared.memory().restore_points(),
        (&Method::GET, ["restore-points", id]) => shared.memory().restore_point(id),
        (&Method::GET, ["vault"]) => json(&shared.memory().script.vault),
        (&Method::POST, ["changes"]) => shared.memory().change(body),
        (&Method::GET, ["receipts"]) => shared.memory().receipts(after),
        (&Method::GET, ["orders", id]) => shared.memory().transaction(id),
        (&Method::POST, ["plan"]) => shared.memory().plan(body),
        (&Method::POST, ["orders"]) => take_order(shared, body),
        (&Method::POST, ["orders", id, "confirm"]) => {
            shared.memory().order(id)?;
            let confirm: Confirm = serde_json::from_slice(body).map_err(bad_request)?;
            shared.desk.send_modify(|heard| heard.push(confirm.leaving));
            Ok(Vec::new())
        }
        _ => Err(bad_request("no such route")),
    }
}

fn answered(answer: Answer, status: StatusCode) -> Response<Body> {
    let (status, body) = match answer {
        Ok(body) => (status, body),
        Err(failure) => (StatusCode::CONFLICT, serde_json::to_vec(&failure).unwrap_or_default()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

/// The events above a number, those to come included, to the end or to where the script hangs up.
fn told(shared: &Arc<Shared>, after: u64) -> impl Stream<Item = Result<Frame<Bytes>, std::io::Error>> + use<> {
    let state = (Arc::clone(shared), shared.events.subscribe(), after, false);
    stream::unfold(state, |(shared, mut events, after, is_over)| async move {
        if is_over {
            return None;
        }
        let event = next_event(&mut events, after).await?;
        let number = event.number;
        let is_last = matches!(event.kind, EventKind::Ended { .. });
        let hangs_up = {
            let places = &mut shared.memory().script.hangs_up_after;
            let before = places.len();
            places.retain(|place| *place != number);
            places.len() < before
        };
        let text = format!("id: {number}\ndata: {}\n\n", serde_json::to_string(&event).unwrap_or_default());
        Some((Ok(Frame::data(Bytes::from(text))), (shared, events, number, is_last || hangs_up)))
    })
    .boxed()
}

async fn next_event(
    events: &mut watch::Receiver<Vec<framboise_core::event::Event>>,
    after: u64,
) -> Option<framboise_core::event::Event> {
    let follows = |events: &Vec<framboise_core::event::Event>| events.iter().any(|event| event.number > after);
    let events = events.wait_for(follows).await.ok()?;
    events.iter().find(|event| event.number > after).cloned()
}
