//! The seed routes: the two requests of the original, `POST /update` and `GET /rollback`.
//!
//! Nobody signs them, so they are off unless root on the device lists the networks they may come from.

mod list;

use crate::body::{self, Body};
use crate::root_side::{Line, RootSide};
use crate::routes::{self, Refusal};
use crate::{Agent, log};
use framboise_core::cause::{Cause, Failure};
use framboise_core::ids::OrderId;
use framboise_core::outcome::Outcome;
use framboise_core::protocol::socket::Request as Asked;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How long the root side may be gone in the middle of a job (it may be updating itself) before the request gives up.
const ROOT_SIDE_GONE_MAX: Duration = Duration::from_secs(120);

/// Between two tries to reach it again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The answer to a request that was done.
#[derive(Serialize)]
struct Done {
    order: OrderId,
    outcome: Outcome,
}

/// `POST /update`: the body is the base64 of the package list.
pub async fn update(agent: &Agent, peer: IpAddr, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    admit(agent, peer, &request)?;
    let list = list::decode(&body::read(request).await?)?;
    run(&agent.root_side, peer, &Asked::SeedUpdate { list, peer }).await
}

/// `GET /rollback`: to the last good state.
pub async fn rollback(agent: &Agent, peer: IpAddr, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
    admit(agent, peer, request)?;
    run(&agent.root_side, peer, &Asked::SeedRollback { peer }).await
}

fn admit(agent: &Agent, peer: IpAddr, request: &Request<Incoming>) -> Result<(), Refusal> {
    let networks = &agent.settings.seed_routes;
    if networks.is_empty() {
        return Err(Cause::SeedRoutesOff.into());
    }
    if !networks.iter().any(|network| network.contains(&peer)) {
        let listed: Vec<String> = networks.iter().map(ToString::to_string).collect();
        let detail = format!("{peer} is in none of the networks listed there: {}", listed.join(", "));
        return Err(Failure::new(Cause::SeedRoutesOff, detail).into());
    }
    routes::refuse_browsers(request.headers())
}

/// Starts the job and waits for its end. When the client goes away only this waiting ends; the job is the root side's.
async fn run(root_side: &RootSide, peer: IpAddr, job: &Asked) -> Result<Response<Body>, Refusal> {
    let order = root_side.accept(job).await?.order;
    log::info(&format!("order {order} came from {peer} over a seed route"));
    wait(root_side, order).await?;
    let status = root_side.transaction(order).await?;
    match status.outcome.map(|outcome| *outcome) {
        Some(outcome) if outcome.is_success() => routes::json_of(StatusCode::OK, &Done { order, outcome }),
        Some(Outcome { failure: Some(failure), state, .. }) => Err(Refusal::ended(failure, order, state)),
        Some(Outcome { failure: None, .. }) | None => {
            let problem = format!("it ended as {:?} without a reason", status.state.word());
            let failure = Cause::DeviceFault { doing: "do it".to_owned(), problem }.into();
            Err(Refusal::ended(failure, order, status.state))
        }
    }
}

/// Until the order has ended. A root side that goes away in the middle is asked again.
async fn wait(root_side: &RootSide, order: OrderId) -> Result<(), Box<Failure>> {
    let mut after = 0;
    let mut last_heard = Instant::now();
    loop {
        match follow(root_side, order, &mut after, &mut last_heard).await {
            Ok(()) => return Ok(()),
            Err(failure) if last_heard.elapsed() >= ROOT_SIDE_GONE_MAX => return Err(failure),
            Err(_) => tokio::time::sleep(RETRY_PAUSE).await,
        }
    }
}

async fn follow(
    root_side: &RootSide,
    order: OrderId,
    after: &mut u64,
    last_heard: &mut Instant,
) -> Result<(), Box<Failure>> {
    let mut watch = root_side.watch(order, *after).await?;
    loop {
        let line = watch.next().await;
        // A connection that broke after hours of silence was there until now.
        *last_heard = Instant::now();
        match line? {
            Line::Event { number, .. } => *after = number,
            Line::End => return Ok(()),
        }
    }
}
