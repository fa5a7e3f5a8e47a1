//! Finds devices: agents that announce themselves, every address of the local networks, and Pis that run no agent yet.
//!
//! What answers is told at once, while silent addresses are asked on.

mod identify;
mod mac;
mod mdns;
mod neighbours;
mod networks;
mod report;
mod sweep;

pub use ipnet::Ipv4Net;
pub use mac::MacAddress;
pub use networks::{NetworkError, SkipReason, Skipped, parse as parse_network};
pub use report::{Progress, ScanEvent, ScanProblem, ScanSummary};

use framboise_core::protocol::http::PORT;
use networks::Networks;
use report::Reports;
use std::time::Duration;
use sweep::{Asker, ROUNDS};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How long announcements are listened for at least: mDNS asks at 0 and 1 s, and answers may take 0.5 s.
const LISTEN_MIN: Duration = Duration::from_millis(2500);

/// What to scan.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The networks to sweep; this computer's own when there are none.
    pub networks: Vec<Ipv4Net>,
    /// The agent's port.
    pub port: u16,
    /// Whether announcements are listened for. They come from this computer's networks, whichever are named.
    pub announced: bool,
}

impl Default for Scan {
    fn default() -> Self {
        Scan { networks: Vec::new(), port: PORT, announced: true }
    }
}

/// A scan that could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The system does not tell its interfaces.
    #[error("the networks of this computer could not be read")]
    Interfaces(#[source] std::io::Error),
}

/// Begins a scan; its last event is [`ScanEvent::Finished`]. It stops when the receiver is dropped.
///
/// # Errors
/// When the networks to scan cannot be told.
pub fn scan(scan: Scan) -> Result<UnboundedReceiver<ScanEvent>, ScanError> {
    let networks = if scan.networks.is_empty() {
        networks::local().map_err(ScanError::Interfaces)?
    } else {
        Networks { swept: scan.networks, skipped: Vec::new() }
    };
    let (events, receiver) = unbounded_channel();
    let total = networks.swept.iter().map(networks::host_count).sum();
    let at_once = neighbours::addresses_at_once();
    let reports = Reports::new(events.clone(), total, ROUNDS.len(), total > at_once as u64);
    let asker = Asker { port: scan.port, neighbours: neighbours::Neighbours::default(), reports: reports.clone() };
    let Networks { swept, skipped } = networks;
    // The channel cannot be closed yet: its receiver is still here.
    let _ = events.send(ScanEvent::Started { networks: swept.clone(), skipped, total });
    tokio::spawn(async move {
        tokio::select! {
            () = run(&swept, &asker, at_once, scan.announced) => reports.finished(),
            () = reports.closed() => {}
        }
    });
    Ok(receiver)
}

async fn run(networks: &[Ipv4Net], asker: &Asker, at_once: usize, announced: bool) {
    let work = async {
        if announced {
            let swept = async {
                tokio::join!(sweep::sweep(networks, asker, at_once), tokio::time::sleep(LISTEN_MIN));
            };
            mdns::listen(asker, networks, swept).await;
        } else {
            sweep::sweep(networks, asker, at_once).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = tick(&asker.reports) => {}
    }
    asker.reports.progress();
}

async fn tick(reports: &Reports) {
    let mut interval = tokio::time::interval(PROGRESS_EVERY);
    loop {
        interval.tick().await;
        reports.progress();
    }
}
