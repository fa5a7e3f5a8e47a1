//! Answers that say no: always a failure of core's closed set as JSON, under the status that fits.

use crate::body::{self, Body};
use framboise_core::cause::{Cause, Failure};
use framboise_core::ids::OrderId;
use framboise_core::transaction::State;
use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER};
use hyper::{Method, Response, StatusCode};
use serde::Serialize;

/// After how many seconds to try again what could not be done now.
const RETRY_SECONDS: &str = "5";

/// Why a request is not done.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    failure: Box<Failure>,
    allowed: Option<Method>,
    ended: Option<(OrderId, State)>,
}

/// The body: a failure, and what it left behind when a transaction ended with it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    failure: &'a Failure,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
}

impl Refusal {
    /// The request is not understood.
    pub fn bad_request(problem: impl Into<String>) -> Self {
        Refusal::with_status(StatusCode::BAD_REQUEST, problem)
    }

    /// The same under another status.
    pub fn with_status(status: StatusCode, problem: impl Into<String>) -> Self {
        Refusal { status, ..Cause::BadRequest { problem: problem.into() }.into() }
    }

    /// This server failed.
    pub fn fault(doing: &str, problem: String) -> Self {
        Cause::DeviceFault { doing: doing.to_owned(), problem }.into()
    }

    /// The path is known, the method is another.
    pub fn method(found: &Method, allowed: &Method) -> Self {
        let refusal = Refusal::with_status(StatusCode::METHOD_NOT_ALLOWED, format!("{found} is not {allowed}"));
        Refusal { allowed: Some(allowed.clone()), ..refusal }
    }

    /// An order ended with this failure, and the device is as `state` says.
    pub fn ended(failure: Failure, order: OrderId, state: State) -> Self {
        Refusal { ended: Some((order, state)), ..failure.into() }
    }

    /// The status.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let (order, state) = self.ended.unzip();
        let told = serde_json::to_vec(&Told { failure: &self.failure, order, state }).unwrap_or_default();
        let mut response = super::json(self.status, body::full(told));
        if let Some(value) = self.allowed.and_then(|method| HeaderValue::from_str(method.as_str()).ok()) {
            response.headers_mut().insert(ALLOW, value);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}

impl From<Box<Failure>> for Refusal {
    fn from(failure: Box<Failure>) -> Self {
        Refusal { status: status(&failure.cause), failure, allowed: None, ended: None }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Box::new(failure).into()
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Failure::from(cause).into()
    }
}

/// The status of RFC 9110 that tells a cause's kind: 4xx when the request must change, 5xx when something else must.
fn status(cause: &Cause) -> StatusCode {
    match cause {
        Cause::BadRequest { .. } => StatusCode::BAD_REQUEST,
        Cause::BadList { .. }
        | Cause::UnknownPackage { .. }
        | Cause::VersionNotAvailable { .. }
        | Cause::SuiteNotAvailable { .. }
        | Cause::NotInstallable { .. }
        | Cause::UnmetDependencies { .. }
        | Cause::Held { .. }
        | Cause::EssentialRemoval { .. }
        | Cause::ForeignDeb { .. }
        | Cause::NotStaged { .. }
        | Cause::BadName { .. }
        | Cause::NoWayBack { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Cause::UnknownRestorePoint { .. } | Cause::UnknownOrder { .. } => StatusCode::NOT_FOUND,
        Cause::NotSigned { .. }
        | Cause::NotForThisDevice
        | Cause::Expired { .. }
        | Cause::SeedRoutesOff
        | Cause::ForgedRequest { .. } => StatusCode::FORBIDDEN,
        Cause::NothingRecorded
        | Cause::Replayed { .. }
        | Cause::Busy { .. }
        | Cause::PointFixed { .. }
        | Cause::DpkgUnfinished { .. }
        | Cause::ChangedSincePlan { .. }
        | Cause::NotTheLock { .. } => StatusCode::CONFLICT,
        Cause::FetchFailed { .. }
        | Cause::HashMismatch { .. }
        | Cause::UntrustedArchive { .. }
        | Cause::IndexExpired { .. } => StatusCode::BAD_GATEWAY,
        Cause::RootSideUnreachable { .. } | Cause::LockHeld { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Cause::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
        Cause::ReadOnly { .. }
        | Cause::DpkgBroken { .. }
        | Cause::Interrupted
        | Cause::NotRestarted { .. }
        | Cause::DeviceFault { .. }
        | Cause::DebMissing { .. }
        | Cause::ScriptFailed { .. }
        | Cause::DebConflict { .. }
        | Cause::AptFailed { .. }
        | Cause::DeskSilent { .. }
        | Cause::CheckFailed { .. }
        | Cause::StateDiffers { .. }
        | Cause::Stalled { .. }
        | Cause::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
