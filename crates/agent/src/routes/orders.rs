//! What a desk hands in: plan requests, orders, .debs.

use super::crowds::holding;
use super::{Refusal, json, json_of};
use crate::body::{self, Body};
use crate::{Agent, log};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framboise_core::digest::Digest;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::{Confirm, PlanRequest, STAGING_HEADER};
use framboise_core::protocol::socket::Request as Asked;
use framboise_core::trust::Sealed;
use hyper::body::{Body as _, Incoming};
use hyper::{Request, Response, StatusCode};
use std::net::IpAddr;

/// `POST plan`.
pub async fn plan(agent: &Agent, peer: IpAddr, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let bytes = body::read_large(agent, request).await?;
    let plan: PlanRequest = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::bad_request(format!("the body is not a plan request: {error}")))?;
    let place = agent.crowds.plan(peer)?;
    let told = agent.root_side.forward(&Asked::Plan { plan }, "plan").await?;
    Ok(json(StatusCode::OK, holding(place, told)))
}

/// `POST orders`. The bytes go through: what they say is between the operator and the root side.
pub async fn order(agent: &Agent, peer: IpAddr, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let bytes = body::read_large(agent, request).await?;
    if bytes.is_empty() {
        return Err(Refusal::bad_request("the body is empty; it should be a sealed order"));
    }
    let sealed = Sealed(body::text(&bytes)?.to_owned());
    let accepted = agent.root_side.accept(&Asked::Order { sealed }).await?;
    log::info(&format!("order {} came from {peer}", accepted.order));
    json_of(StatusCode::ACCEPTED, &accepted)
}

/// `POST orders/{id}/confirm`.
pub async fn confirm(agent: &Agent, order: OrderId, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let bytes = body::read_large(agent, request).await?;
    let confirm: Confirm = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::bad_request(format!("the body is not a confirmation: {error}")))?;
    agent.root_side.done(&Asked::Confirm { order, leaving: confirm.leaving }).await?;
    Ok(no_content())
}

/// `POST changes`. The bytes go through, as an order's do.
pub async fn change(agent: &Agent, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let bytes = body::read_large(agent, request).await?;
    let sealed = Sealed(body::text(&bytes)?.to_owned());
    agent.root_side.done(&Asked::Change { sealed }).await?;
    Ok(no_content())
}

/// `PUT staged/{sha256}`.
pub async fn stage(agent: &Agent, sha256: Digest, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let sealed = permission(&request)?;
    let Some(bytes) = request.body().size_hint().exact() else {
        return Err(Refusal::with_status(StatusCode::LENGTH_REQUIRED, "a .deb's size must be in Content-Length"));
    };
    agent.root_side.stage(&Asked::Stage { sealed, sha256, bytes }, request.into_body()).await?;
    Ok(no_content())
}

fn no_content() -> Response<Body> {
    let mut response = Response::new(body::full(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn permission(request: &Request<Incoming>) -> Result<Sealed, Refusal> {
    let Some(value) = request.headers().get(STAGING_HEADER) else {
        return Err(Refusal::bad_request(format!("the header {STAGING_HEADER} is missing")));
    };
    let text = STANDARD.decode(value.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Sealed).ok_or_else(|| Refusal::bad_request(format!("the header {STAGING_HEADER} is not base64 of a text")))
}
