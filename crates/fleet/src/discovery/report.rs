//! What a scan tells, each thing once, and how far it is.

use super::mac::MacAddress;
use super::networks::Skipped;
use framboise_core::ids::DeviceId;
use framboise_core::protocol::http::Identity;
use ipnet::Ipv4Net;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// What a scan tells while it runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum ScanEvent {
    /// It begins.
    Started {
        /// The networks it sweeps.
        networks: Vec<Ipv4Net>,
        /// Those it leaves out.
        skipped: Vec<Skipped>,
        /// How many addresses that is.
        total: u64,
    },
    /// How far it is.
    Progress(Progress),
    /// An agent, told the first time that it answers.
    Found {
        /// Where.
        address: SocketAddr,
        /// Who.
        identity: Box<Identity>,
    },
    /// A host that looks like a Pi by its MAC address and runs no agent.
    SilentPi {
        /// Where.
        address: Ipv4Addr,
        /// Its card.
        mac: MacAddress,
    },
    /// Another program answers on the agent's port.
    NotTheAgent {
        /// Where.
        address: SocketAddr,
        /// What it says it is.
        answer: String,
        /// Whether the host looks like a Pi by its MAC address.
        looks_like_pi: bool,
    },
    /// It has ended; nothing follows.
    Finished(ScanSummary),
}

/// How far a scan is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Addresses asked at least once.
    pub asked: u64,
    /// Addresses to be asked.
    pub total: u64,
    /// Agents found.
    pub found: usize,
    /// How much of the asking is done, from 0 to 1, silent addresses being asked several times; it never falls.
    pub share: f64,
    /// What is left, where the network is so large that it can be told.
    #[serde(skip)]
    pub left: Option<Duration>,
}

/// What came of a scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ScanSummary {
    /// Addresses asked.
    pub asked: u64,
    /// Agents found.
    pub found: usize,
    /// Hosts that look like a Pi and run no agent.
    pub silent_pis: usize,
    /// Other programs on the agent's port.
    pub others: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Addresses that could not be asked at all, such as those of a network to which there is no route.
    pub not_asked: u64,
    /// What kept it from asking, each once; in JSON, a sentence.
    pub problems: Vec<ScanProblem>,
}

/// What kept a scan from asking, in the system's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanProblem {
    /// Addresses could not be asked.
    #[error("{0}")]
    Asking(String),
    /// Announcements could not be listened for.
    #[error("agents that announce themselves could not be heard: {0}")]
    Listening(String),
}

impl Serialize for ScanProblem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where the parts of a scan put what they learn.
#[derive(Clone)]
pub(super) struct Reports {
    events: UnboundedSender<ScanEvent>,
    known: Arc<Mutex<Known>>,
    began: Instant,
}

#[derive(Default)]
struct Known {
    devices: BTreeSet<DeviceId>,
    told: BTreeSet<IpAddr>,
    summary: ScanSummary,
    total: u64,
    steps_done: u64,
    steps_total: u64,
    is_paced: bool,
}

impl Reports {
    pub(super) fn new(events: UnboundedSender<ScanEvent>, total: u64, rounds: usize, is_paced: bool) -> Self {
        let steps_total = total.saturating_mul(rounds as u64);
        let known = Known { total, steps_total, is_paced, ..Known::default() };
        Reports { events, known: Arc::new(Mutex::new(known)), began: Instant::now() }
    }

    pub(super) fn found(&self, address: SocketAddr, identity: Box<Identity>) {
        let mut known = self.known();
        known.told.insert(address.ip());
        if known.devices.insert(identity.device.clone()) {
            known.summary.found += 1;
            self.tell(ScanEvent::Found { address, identity });
        }
    }

    pub(super) fn silent_pi(&self, address: Ipv4Addr, mac: MacAddress) {
        let mut known = self.known();
        if known.told.insert(address.into()) {
            known.summary.silent_pis += 1;
            self.tell(ScanEvent::SilentPi { address, mac });
        }
    }

    pub(super) fn other(&self, address: SocketAddr, answer: String, looks_like_pi: bool) {
        let mut known = self.known();
        if known.told.insert(address.ip()) {
            known.summary.others += 1;
            self.tell(ScanEvent::NotTheAgent { address, answer, looks_like_pi });
        }
    }

    /// Whether what answers at this address has been told.
    pub(super) fn is_told(&self, address: IpAddr) -> bool {
        self.known().told.contains(&address)
    }

    /// An address was asked for the first time.
    pub(super) fn asked(&self) {
        self.known().summary.asked += 1;
    }

    /// So many of an address's rounds are over, or will not be needed.
    pub(super) fn rounds_over(&self, rounds: usize) {
        self.known().steps_done += rounds as u64;
    }

    pub(super) fn not_asked(&self, error: &std::io::Error) {
        self.known().summary.not_asked += 1;
        self.problem(ScanProblem::Asking(error.to_string()));
    }

    pub(super) fn problem(&self, problem: ScanProblem) {
        let problems = &mut self.known().summary.problems;
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    pub(super) fn progress(&self) {
        let known = self.known();
        let share = if known.steps_total == 0 { 0.0 } else { known.steps_done as f64 / known.steps_total as f64 };
        let left = (known.is_paced && share > 0.02).then(|| self.began.elapsed().mul_f64((1.0 - share) / share));
        let progress =
            Progress { asked: known.summary.asked, total: known.total, found: known.summary.found, share, left };
        self.tell(ScanEvent::Progress(progress));
    }

    pub(super) fn finished(&self) {
        let mut summary = self.known().summary.clone();
        summary.seconds = self.began.elapsed().as_secs_f64();
        self.tell(ScanEvent::Finished(summary));
    }

    /// Resolves when nobody listens any more.
    pub(super) async fn closed(&self) {
        self.events.closed().await;
    }

    fn tell(&self, event: ScanEvent) {
        // Nobody listens any more when this fails, and the scan is about to be dropped.
        let _ = self.events.send(event);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
