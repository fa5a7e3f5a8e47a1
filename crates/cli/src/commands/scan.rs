//! `framboise scan`: finds the Pis of the network.

use super::Done;
use crate::arguments::ScanArguments;
use crate::exit::Exit;
use crate::face::{BOLD, DIM, Face, styled};
use crate::problem::Problem;
use crate::table::padded;
use crate::waiting::{Waiting, unless_stopped};
use crate::words::{count, duration, thousands};
use framboise_core::protocol::http::Identity;
use framboise_core::text::visible;
use framboise_fleet::describe::{short_model, short_os};
use framboise_fleet::desk::Desk;
use framboise_fleet::discovery::{Ipv4Net, Progress, Scan, ScanEvent, ScanSummary};
use serde_json::{Value, json};
use std::time::Duration;

/// What came of the scan so far.
#[derive(Default)]
struct Seen {
    networks: Vec<Ipv4Net>,
    found: Vec<Value>,
    silent_pis: Vec<Value>,
    others: Vec<Value>,
    summary: Option<ScanSummary>,
}

pub async fn run(arguments: ScanArguments, desk: &Desk, face: &Face) -> Done {
    let scan = Scan { networks: arguments.subnets, port: arguments.port, announced: true };
    let mut events = desk.scan(scan)?;
    let waiting = Waiting::for_(face, "scanning");
    let mut seen = Seen::default();
    let work = async {
        while let Some(event) = events.recv().await {
            let event = event?;
            if arguments.watch {
                face.json(&event);
            }
            seen.take(event, &waiting, face);
        }
        Ok::<(), Problem>(())
    };
    let stopped = unless_stopped(waiting.until(work)).await;
    drop(waiting);
    if let Some(result) = stopped {
        result?;
    }
    let is_stopped = seen.summary.is_none();
    if !arguments.watch {
        let summary = &seen.summary;
        face.json(&json!({ "found": seen.found, "silent_pis": seen.silent_pis, "not_the_agent": seen.others, "summary": summary }));
    }
    seen.conclude(face);
    Ok(if is_stopped { Exit::Stopped } else { Exit::of_counts(seen.found.len(), usize::from(seen.found.is_empty())) })
}

impl Seen {
    fn take(&mut self, event: ScanEvent, waiting: &Waiting<'_>, face: &Face) {
        match event {
            ScanEvent::Started { networks, skipped, .. } => {
                for skipped in skipped {
                    let reason =
                        format!("{} on {} is left out: {}", skipped.network, skipped.interface, skipped.reason);
                    face.talk(&styled(
                        &format!("{reason}; to ask it: framboise scan --subnet {}", skipped.network),
                        DIM,
                    ));
                }
                self.networks = networks;
            }
            ScanEvent::Progress(progress) => waiting.say(progress_words(&self.networks, &progress)),
            ScanEvent::Found { address, identity } => {
                waiting.data(&found_line(&address.to_string(), &identity));
                self.found.push(json!({ "address": address, "identity": identity }));
            }
            ScanEvent::SilentPi { address, mac } => self.silent_pis.push(json!({ "address": address, "mac": mac })),
            ScanEvent::NotTheAgent { address, answer, looks_like_pi } => {
                self.others.push(json!({ "address": address, "answer": answer, "looks_like_pi": looks_like_pi }));
            }
            ScanEvent::Finished(summary) => self.summary = Some(summary),
        }
    }

    fn conclude(&self, face: &Face) {
        let Some(summary) = &self.summary else {
            face.talk(&format!("Stopped; {} so far, and kept.", count(self.found.len(), "Pi")));
            return;
        };
        self.show_others(face);
        for problem in &summary.problems {
            face.talk(&problem.to_string());
        }
        if summary.not_asked > 0 {
            face.talk(&format!("{} could not be asked", addresses(summary.not_asked)));
        }
        if self.found.is_empty() {
            return self.say_what_to_check(summary, face);
        }
        let took = duration(Duration::from_secs_f64(summary.seconds));
        let words = format!("{} with the agent found in {took}", count(summary.found, "Pi"));
        face.talk(&format!("{} ({})", styled(&words, BOLD), asked(summary, &self.networks)));
        face.talk(&styled("Next: framboise update --file LIST --all", DIM));
    }

    /// Pis without the agent, and what is no agent though it listens where one would.
    fn show_others(&self, face: &Face) {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        for pi in &self.silent_pis {
            let about = format!("looks like a Pi ({})", text(pi, "mac"));
            face.data(&styled(&line('◇', "no agent", &text(pi, "address"), &about), DIM));
        }
        for other in &self.others {
            let about = format!("another program answers: {}", text(other, "answer"));
            face.data(&styled(&line('◇', "not the agent", &text(other, "address"), &about), DIM));
        }
        if !self.silent_pis.is_empty() {
            face.talk(&styled("  To install the agent on one: sudo apt install ./framboise_VERSION_ARCH.deb", DIM));
        }
    }

    fn say_what_to_check(&self, summary: &ScanSummary, face: &Face) {
        let took = duration(Duration::from_secs_f64(summary.seconds));
        face.talk(&styled(
            &format!("No Pi with the agent answered: {} in {took}.", asked(summary, &self.networks)),
            BOLD,
        ));
        let here = if self.networks.is_empty() {
            "This computer is in no network that could be asked; name one: framboise scan --subnet 192.168.1.0/24"
                .to_owned()
        } else {
            format!("Asked was {}. A guest Wi-Fi often hides its devices from each other.", list(&self.networks))
        };
        face.talk(&format!("  Same network?  {here}"));
        face.talk("  Powered on?    A Pi needs about a minute after its first start before it answers.");
        face.talk("  Agent there?   On the Pi: systemctl status framboised");
    }
}

fn asked(summary: &ScanSummary, networks: &[Ipv4Net]) -> String {
    let addresses = addresses(summary.asked);
    if networks.is_empty() { format!("{addresses} asked") } else { format!("{addresses} of {} asked", list(networks)) }
}

fn addresses(number: u64) -> String {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    if number == 1 { "1 address".to_owned() } else { format!("{} addresses", thousands(number)) }
}

fn list(networks: &[Ipv4Net]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn progress_words(networks: &[Ipv4Net], progress: &Progress) -> String {
    let left = progress.left.map(|left| format!(", about {} left", duration(left))).unwrap_or_default();
    let found = count(progress.found, "Pi");
    format!(
        "scanning {}: {found} found, {} of {} addresses asked{left}",
        list(networks),
        progress.asked,
        progress.total
    )
}

fn found_line(address: &str, identity: &Identity) -> String {
    let model = identity.model.as_deref().map_or_else(|| identity.architecture.clone(), short_model);
    line('●', &identity.name, address, &format!("{model} · {}", short_os(&identity.os)))
}

fn line(shape: char, name: &str, address: &str, about: &str) -> String {
    format!("  {shape} {}  {}  {}", padded(&visible(name), 20), padded(address, 21), visible(about))
}
