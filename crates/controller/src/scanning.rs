//! Scans for devices and shows each as it answers.

use crate::controller::{Shared, refresh};
use crate::state::View;
use crate::table::Found;
use crate::words::scan_problem;
use framboise_core::Timestamp;
use framboise_fleet::discovery::{Progress, Scan, ScanEvent, ScanSummary, Skipped, parse_network};
use framboise_fleet::store::KnownDevice;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// The scan that runs, or ran last.
#[derive(Default)]
pub(crate) struct Scanning {
    pub networks: Vec<String>,
    /// Networks of this computer that are asked only when they are named.
    pub skipped: Vec<Skipped>,
    pub progress: Progress,
    pub summary: Option<ScanSummary>,
    /// Whether somebody stopped it.
    pub is_stopped: bool,
    pub task: Option<AbortHandle>,
}

impl Scanning {
    pub fn is_on(&self) -> bool {
        self.task.is_some()
    }
}

pub(crate) fn scan(shared: &Arc<Shared>, networks: &str) {
    if shared.change(|state| state.scanning.is_on()) {
        return;
    }
    let parsed: Result<Vec<_>, _> = networks.split_whitespace().map(parse_network).collect();
    let networks = match parsed {
        Ok(networks) => networks,
        Err(error) => return shared.complain(&error),
    };
    let within = shared.runtime.enter();
    let events = shared.desk.scan(Scan { networks, ..Scan::default() });
    drop(within);
    let mut events = match events {
        Ok(events) => events,
        Err(error) => return shared.complain(&error),
    };
    let work = {
        let shared = Arc::clone(shared);
        async move {
            let mut result = Ok(());
            while let Some(event) = events.recv().await
                && result.is_ok()
            {
                result = event.map(|event| take(&shared, event));
            }
            shared.change(|state| {
                state.scanning.task = None;
                state.dirty.extend([View::Scan, View::Fleet]);
            });
            result?;
            refresh(shared, None).await
        }
    };
    shared.change(|state| {
        state.found.clear();
        // Begun while nothing else can change the state: its first words come after this.
        state.scanning = Scanning { task: Some(shared.spawn(work)), ..Scanning::default() };
        state.arrange();
        state.touch(View::Scan);
    });
}

pub(crate) fn stop(shared: &Arc<Shared>) {
    shared.change(|state| {
        if let Some(task) = state.scanning.task.take() {
            task.abort();
            state.scanning.is_stopped = true;
            state.dirty.extend([View::Scan, View::Fleet]);
        }
    });
    drop(shared.spawn(refresh(Arc::clone(shared), None)));
}

fn take(shared: &Arc<Shared>, event: ScanEvent) {
    shared.change(|state| {
        state.touch(View::Scan);
        match event {
            ScanEvent::Started { networks, skipped, total } => {
                state.scanning.skipped = skipped;
                state.scanning.networks = networks.iter().map(ToString::to_string).collect();
                state.scanning.progress.total = total;
            }
            ScanEvent::Progress(progress) => state.scanning.progress = progress,
            ScanEvent::Found { address, identity } => {
                state.keep(vec![KnownDevice { address, identity: identity.into(), seen: Timestamp::now() }]);
            }
            ScanEvent::SilentPi { address, .. } => {
                let found = Found { address: address.to_string(), answer: String::new(), looks_like_pi: true };
                state.found.push(found);
                state.arrange();
            }
            ScanEvent::NotTheAgent { address, answer, looks_like_pi } => {
                state.found.push(Found { address: address.ip().to_string(), answer, looks_like_pi });
                state.arrange();
            }
            ScanEvent::Finished(summary) => {
                if let Some(problem) = scan_problem(state.language, &summary) {
                    state.say(problem, false);
                }
                state.scanning.summary = Some(summary);
            }
        }
    });
}
