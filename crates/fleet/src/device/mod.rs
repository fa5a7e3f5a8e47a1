//! A device as the desk speaks with it: core's HTTP interface, one method a request.

mod error;
mod events;
mod long_answer;
mod silence;
mod watch;

pub use error::CallError;
pub use watch::{WatchError, Watched};

use crate::describe::busy;
use crate::identity::checked;
use crate::receipts::opened;
use crate::store::KnownDevice;
use backon::{ExponentialBuilder, Retryable as _};
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::{DeviceId, OrderId, RestorePointId};
use framboise_core::plan::{Action, PLAN_TYPE, Plan, SignedPlan};
use framboise_core::protocol::http::{
    Accepted, Confirm, DeviceStatus, Identity, PlanRequest, STAGING_HEADER, TransactionStatus,
};
use framboise_core::restore_point::{RecordedState, RestorePoint};
use framboise_core::state::PackageState;
use framboise_core::trust::Sealed;
use framboise_core::vault::VaultContents;
use reqwest::header::{CONNECTION, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use silence::SILENCE;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A device that needs longer is not reached: by then the kernel has asked for its MAC address three times.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// A connection that nobody uses: long enough for the next request of the same errand, less than an agent keeps one (5 s),
/// so that none is used just as it is closed; and a desk that asks two thousand devices a second holds few of them, at 29 KB
/// each.
const IDLE_MAX: Duration = Duration::from_millis(200);

/// For who a device is, which its agent knows by heart: whoever needs longer at the port is most likely no agent.
const IDENTITY_MAX: Duration = Duration::from_secs(10);

/// For what it is busy with: the answer that it is, is there already, and worth more than its words.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// For what its root side has to be woken for.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// For what it has to read from its disk first, all of `/etc` hashed on a slow card.
const STATE_MAX: Duration = Duration::from_secs(180);

/// For a plan: it refreshes the package lists and may wait for another apt to end.
const PLAN_MAX: Duration = Duration::from_secs(20 * 60);

/// Far more than why a device says no.
const REFUSAL_BYTES_MAX: usize = 1 << 20;

/// Far more than the state of a full desktop takes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// The same of a status, which a desk has of every device at a time.
const STATUS_BYTES_MAX: usize = 1 << 20;

/// The same of a plan: that of a whole release has a few thousand packages.
const PLAN_BYTES_MAX: usize = 8 << 20;

/// What a desk calls itself.
const USER_AGENT: &str = concat!("framboise/", env!("CARGO_PKG_VERSION"));

/// A device, and the connections to it, which are kept and used again.
#[derive(Debug, Clone)]
pub struct Device {
    http: reqwest::Client,
    fresh: reqwest::Client,
    id: DeviceId,
    name: String,
    address: SocketAddr,
    /// Set once the device has answered at this address as itself.
    met: OnceCell<()>,
}

/// Connections to devices. Clones share them.
#[derive(Debug, Clone)]
pub struct Connections {
    /// Connections are kept and used again.
    http: reqwest::Client,
    /// Each request makes a connection of its own: it proves that the device can be reached now.
    fresh: reqwest::Client,
}

impl Connections {
    /// No connection yet.
    ///
    /// # Errors
    /// When the system's networking cannot be used.
    pub fn new() -> Result<Self, reqwest::Error> {
        crate::tls::use_ring();
        Ok(Connections { http: client().build()?, fresh: client().pool_max_idle_per_host(0).build()? })
    }

    /// Who answers at an address.
    ///
    /// # Errors
    /// When nobody does, or no agent.
    pub async fn identify(&self, address: SocketAddr) -> Result<Identity, CallError> {
        let unknown = DeviceId("".into());
        let device = self.device(unknown, address.ip().to_string(), address);
        let identity = device.get("identity", IDENTITY_MAX).await?;
        checked(identity).ok_or_else(|| device.not_understood("its id is no public key"))
    }

    /// A device that the desk knows.
    pub fn to(&self, known: &KnownDevice) -> Device {
        self.device(known.id().clone(), known.name().to_owned(), known.address)
    }

    fn device(&self, id: DeviceId, name: String, address: SocketAddr) -> Device {
        Device { http: self.http.clone(), fresh: self.fresh.clone(), id, name, address, met: OnceCell::new() }
    }
}

/// Devices are on the local network: a proxy would not find them. No certificate of the web's is of use here.
fn client() -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .connect_timeout(CONNECT_MAX)
        .pool_idle_timeout(IDLE_MAX)
        .tcp_keepalive(SILENCE.idle)
        .tcp_keepalive_interval(SILENCE.interval)
        .tcp_keepalive_retries(SILENCE.retries)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(USER_AGENT);
    #[cfg(target_os = "linux")]
    let client = client.tcp_user_timeout(SILENCE.unheard);
    client
}

impl Device {
    /// Which device.
    pub fn id(&self) -> &DeviceId {
        &self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks who answers at its address, once: before what takes its time, or is for nobody else. Another program at its
    /// port, which may say nothing at all, is found out by that.
    ///
    /// # Errors
    /// When it is not reached, or is another device.
    pub async fn meet(&self) -> Result<(), CallError> {
        self.met.get_or_try_init(|| self.meet_again()).await.copied()
    }

    /// Asks once more who answers at its address, after it was away: another device may have that address by now.
    ///
    /// # Errors
    /// When it is not reached, or is another device.
    async fn meet_again(&self) -> Result<(), CallError> {
        let identity: Identity = self.get("identity", IDENTITY_MAX).await?;
        self.same_device(&identity.device)
    }

    /// How it is.
    ///
    /// # Errors
    /// When it is not reached or does not know.
    pub async fn status(&self) -> Result<DeviceStatus, CallError> {
        self.meet().await?;
        let status: DeviceStatus =
            self.answer(STATUS_BYTES_MAX, || at_last(self.http.get(self.url("status")).timeout(STATE_MAX))).await?;
        self.same_device(&status.device).map(|()| status)
    }

    /// What it would do.
    ///
    /// # Errors
    /// When it is not reached, or can't do it.
    pub async fn plan(&self, request: &PlanRequest) -> Result<Plan, CallError> {
        let ask = || at_last(self.http.post(self.url("plan")).json(request).timeout(PLAN_MAX));
        let sealed: Sealed = self.answer(PLAN_BYTES_MAX, ask).await?;
        // What an order is made of must be what the device has planned, whatever lies between.
        let signed: SignedPlan = opened(&self.id, &sealed, PLAN_TYPE)
            .map_err(|problem| self.not_understood(&format!("a plan that it has not signed: {problem}")))?;
        let plan = signed.plan;
        self.same_device(&plan.device)?;
        let is_meant = signed.request == request.digest()
            && match (request, plan.action) {
                (PlanRequest::Update { .. }, Action::Update) => true,
                (PlanRequest::Rollback { to }, Action::Rollback { to: found }) => to.is_none_or(|to| to == found),
                (PlanRequest::Update { .. }, Action::Rollback { .. })
                | (PlanRequest::Rollback { .. }, Action::Update) => false,
            };
        if is_meant { Ok(plan) } else { Err(self.not_understood("a plan for something that was not asked for")) }
    }

    /// Gives it an order. The same order given twice is done once, so this may be tried again.
    ///
    /// # Errors
    /// When it is not reached, or refuses.
    pub async fn order(&self, sealed: &Sealed) -> Result<Accepted, CallError> {
        // An order names several devices: another of them at this address would follow it in the place of this one.
        self.meet().await.map_err(CallError::not_heard)?;
        let request = || {
            let request = self.http.post(self.url("orders")).header(CONTENT_TYPE, "application/json");
            at_last(request.body(sealed.0.clone()).timeout(ANSWER_MAX))
        };
        self.answer(ANSWER_BYTES_MAX, request).await
    }

    /// Tells it that this desk is here still, or that it leaves; over a connection made now, or it would prove nothing.
    ///
    /// # Errors
    /// When it is not reached within `limit`, or knows no such order at work.
    pub async fn confirm(&self, order: OrderId, leaving: bool, limit: Duration) -> Result<(), CallError> {
        let request = self.fresh.post(self.url(&format!("orders/{order}/confirm"))).json(&Confirm { leaving });
        let response = request.timeout(limit).send().await.map_err(|error| self.not_reached(&error))?;
        self.accepted(response).await.map(|_| ())
    }

    /// How far an order has come.
    ///
    /// # Errors
    /// When it is not reached, or does not know the order.
    pub async fn transaction(&self, order: OrderId) -> Result<TransactionStatus, CallError> {
        self.get(&format!("orders/{order}"), ANSWER_MAX).await
    }

    /// Its package state, read now.
    ///
    /// # Errors
    /// When it is not reached or cannot read it.
    pub async fn state(&self) -> Result<PackageState, CallError> {
        self.read("state").await
    }

    /// Its restore points, oldest first.
    ///
    /// # Errors
    /// When it is not reached or cannot read them.
    pub async fn restore_points(&self) -> Result<Vec<RestorePoint>, CallError> {
        self.read("restore-points").await
    }

    /// One restore point with its state.
    ///
    /// # Errors
    /// When it is not reached, or has no such point.
    pub async fn restore_point(&self, id: RestorePointId) -> Result<RecordedState, CallError> {
        self.read(&format!("restore-points/{id}")).await
    }

    /// What its vault holds.
    ///
    /// # Errors
    /// When it is not reached or cannot read it.
    pub async fn vault(&self) -> Result<VaultContents, CallError> {
        self.read("vault").await
    }

    /// Has it make a change to what it keeps.
    ///
    /// # Errors
    /// When it is not reached, or refuses.
    pub async fn change(&self, sealed: &Sealed) -> Result<(), CallError> {
        self.meet().await?;
        let request = self.http.post(self.url("changes")).header(CONTENT_TYPE, "application/json");
        let response = request.body(sealed.0.clone()).timeout(STATE_MAX).send().await;
        self.accepted(response.map_err(|error| self.not_reached(&error))?).await.map(|_| ())
    }

    /// Its sealed receipts with numbers above `after`.
    ///
    /// # Errors
    /// When it is not reached or cannot read them.
    pub async fn receipts(&self, after: u64) -> Result<Vec<Sealed>, CallError> {
        self.get(&format!("receipts?after={after}"), ANSWER_MAX).await
    }

    /// Hands it a .deb, with the permission to do so.
    ///
    /// # Errors
    /// When it is not reached or refuses it.
    pub async fn stage(
        &self,
        deb: &Digest,
        permission: &str,
        bytes: u64,
        body: reqwest::Body,
    ) -> Result<(), CallError> {
        let request = self.http.put(self.url(&format!("staged/{deb}"))).header(STAGING_HEADER, permission);
        let request = request.header("content-length", bytes).body(body);
        let response = request.send().await.map_err(|error| self.not_reached(&error))?;
        self.accepted(response).await.map(|_| ())
    }

    /// What it reads from its disk first.
    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.meet().await?;
        self.get(path, STATE_MAX).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, limit: Duration) -> Result<T, CallError> {
        self.answer(ANSWER_BYTES_MAX, || self.http.get(self.url(path)).timeout(limit)).await
    }

    /// Asks, once more when the connection was not made, and reads the answer.
    async fn answer<T: DeserializeOwned>(
        &self,
        bytes_max: usize,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, CallError> {
        let again = ExponentialBuilder::default().with_min_delay(Duration::from_millis(400)).with_max_times(1);
        let send = || async { request().send().await };
        let response = send.retry(again).sleep(tokio::time::sleep).when(reqwest::Error::is_connect).await;
        let response = self.accepted(response.map_err(|error| self.not_reached(&error))?).await?;
        let body = self.body(response, bytes_max).await?;
        serde_json::from_slice(&body).map_err(|error| self.not_understood(&error.to_string()))
    }

    /// The response, when the device did not refuse.
    async fn accepted(&self, response: Response) -> Result<Response, CallError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.body(response, REFUSAL_BYTES_MAX).await?;
        Err(self.refusal(status.as_u16(), &body).await)
    }

    /// What an answer says that is none of success.
    async fn refusal(&self, status: u16, body: &[u8]) -> CallError {
        match serde_json::from_slice::<Failure>(body) {
            Ok(failure) => {
                let failure = Box::new(self.explained(failure).await);
                CallError::Refused { device: self.name.clone(), failure }
            }
            Err(_) => self.not_understood(&format!("status {status}")),
        }
    }

    /// The failure; that of a busy device says what it works on, where its own words have no more than an order's id.
    async fn explained(&self, failure: Failure) -> Failure {
        let Cause::Busy { order: Some(order) } = failure.cause else { return failure };
        let message = match self.working_on(order).await {
            Some(work) => busy(&work, &jiff::ZonedDateTime::now()),
            None => "the device is busy with another order".to_owned(),
        };
        Failure { message, ..failure }
    }

    /// How far an order has come, asked without a second thought: an error here would hide the one that is told.
    async fn working_on(&self, order: OrderId) -> Option<TransactionStatus> {
        let request = self.http.get(self.url(&format!("orders/{order}"))).timeout(BUSY_MAX);
        let response = request.send().await.ok().filter(|response| response.status().is_success())?;
        serde_json::from_slice(&self.body(response, STATUS_BYTES_MAX).await.ok()?).ok()
    }

    async fn body(&self, mut response: Response, bytes_max: usize) -> Result<Vec<u8>, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.not_reached(&error))? {
            if body.len() + chunk.len() > bytes_max {
                return Err(self.not_understood("an answer without end"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{}", self.address, path_of(path))
    }

    fn same_device(&self, found: &DeviceId) -> Result<(), CallError> {
        if *found == self.id {
            return Ok(());
        }
        Err(CallError::AnotherDevice { device: self.name.clone(), address: self.address })
    }

    fn not_reached(&self, error: &reqwest::Error) -> CallError {
        self.away(crate::reason::of(error), !error.is_connect())
    }

    fn away(&self, reason: String, may_have_heard: bool) -> CallError {
        CallError::NotReached { device: self.name.clone(), address: self.address, reason, may_have_heard }
    }

    fn not_understood(&self, what: &str) -> CallError {
        CallError::NotUnderstood {
            device: self.name.clone(),
            address: self.address,
            what: framboise_core::text::visible(what),
        }
    }
}

/// Where a route of the interface is.
fn path_of(route: &str) -> String {
    format!("/api/v1/{route}")
}

/// What an errand ends with, of which a desk has thousands: the connection is not kept.
fn at_last(request: RequestBuilder) -> RequestBuilder {
    request.header(CONNECTION, "close")
}
