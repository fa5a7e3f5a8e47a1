//! The HTTP interface: which request is which, and what becomes of it.

mod crowds;
mod events;
mod forgery;
mod openapi;
mod orders;
mod refusal;
mod table;

pub use crowds::Crowds;
pub use forgery::refuse_browsers;
pub use refusal::Refusal;

use crate::body::{self, Body};
use crate::{Agent, device, seed};
use framboise_core::protocol::socket::Request as Asked;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use std::net::IpAddr;
use table::Route;
use tokio::sync::watch;

/// The answer to a request; there always is one.
pub async fn answer(
    agent: &Agent,
    peer: IpAddr,
    request: Request<Incoming>,
    stopping: watch::Receiver<bool>,
) -> Response<Body> {
    let result = respond(agent, peer, request, stopping).await;
    let mut response = result.unwrap_or_else(Refusal::into_response);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn respond(
    agent: &Agent,
    peer: IpAddr,
    request: Request<Incoming>,
    stopping: watch::Receiver<bool>,
) -> Result<Response<Body>, Refusal> {
    forgery::refuse_foreign_host(request.headers(), &own_names(agent))?;
    let (route, named) = table::find(request.method(), request.uri().path())?;
    if route != Route::Home {
        forgery::refuse_pages(request.headers())?;
    }
    match route {
        Route::Home => Ok(text(&format!(
            "This is Framboise on {}. Its interface is described at /api/v1/openapi.json.\n",
            agent.device.name()
        ))),
        Route::OpenApi => Ok(json(StatusCode::OK, body::full(openapi::DOCUMENT))),
        Route::Identity => {
            let identity = agent.device.identity(&agent.root_side, !agent.settings.seed_routes.is_empty()).await?;
            json_of(StatusCode::OK, &identity)
        }
        Route::Status => read(agent, peer, &Asked::Status, "status").await,
        Route::State => read(agent, peer, &Asked::State, "state").await,
        Route::Plan => orders::plan(agent, peer, request).await,
        Route::Order => orders::order(agent, peer, request).await,
        Route::Confirm => orders::confirm(agent, table::parsed(named, "an order's id")?, request).await,
        Route::Change => orders::change(agent, request).await,
        Route::Transaction => {
            let order = table::parsed(named, "an order's id")?;
            read(agent, peer, &Asked::Transaction { order }, "transaction").await
        }
        Route::Events => events::events(agent, peer, table::parsed(named, "an order's id")?, &request, stopping).await,
        Route::RestorePoints => read(agent, peer, &Asked::RestorePoints, "restore-points").await,
        Route::RestorePoint => {
            let id = framboise_core::ids::RestorePointId(table::parsed(named, "a restore point's number")?);
            read(agent, peer, &Asked::RestorePoint { id }, "restore-point").await
        }
        Route::Vault => read(agent, peer, &Asked::Vault, "vault").await,
        Route::Receipts => {
            let after = table::after(request.uri().query())?.unwrap_or(0);
            read(agent, peer, &Asked::Receipts { after }, "receipts").await
        }
        Route::Stage => orders::stage(agent, table::parsed(named, "a SHA-256 digest")?, request).await,
        Route::SeedUpdate => seed::update(agent, peer, request).await,
        Route::SeedRollback => seed::rollback(agent, peer, &request).await,
    }
}

/// What the root side gathers, from one of the places for readers.
async fn read(agent: &Agent, peer: IpAddr, asked: &Asked, answer: &str) -> Result<Response<Body>, Refusal> {
    let place = agent.crowds.reader(peer)?;
    Ok(json(StatusCode::OK, crowds::holding(place, agent.root_side.forward(asked, answer).await?)))
}

/// The names that a request may be sent to, besides addresses. The host's may change at any time.
fn own_names(agent: &Agent) -> Vec<String> {
    let mut names = vec![agent.device.name(), device::host_name(), agent.device.announced_name()];
    names.extend(agent.settings.names.iter().cloned());
    names
}

/// An answer whose body is JSON already.
pub fn json(status: StatusCode, body: Body) -> Response<Body> {
    with_type(status, "application/json", body)
}

/// An answer of this value.
pub fn json_of(status: StatusCode, value: &impl Serialize) -> Result<Response<Body>, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|error| Refusal::fault("write an answer", error.to_string()))?;
    Ok(json(status, body::full(bytes)))
}

fn text(text: &str) -> Response<Body> {
    with_type(StatusCode::OK, "text/plain; charset=utf-8", body::full(text.to_owned()))
}

fn with_type(status: StatusCode, media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
