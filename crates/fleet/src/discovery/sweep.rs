//! Asks every address of a network, silent ones again, so that a lossy Wi-Fi hides nobody.

use super::identify::{Reply, identify};
use super::mdns::Way;
use super::neighbours::Neighbours;
use super::report::Reports;
use ipnet::Ipv4Net;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// How long each connection is waited for. The kernel asks for a lost MAC address again only after 1 and 2 s: the last
/// round spans both. With 5 % loss each way these found 20 of 20 where one long round found 14.
pub(super) const ROUNDS: [Duration; 4] =
    [Duration::from_millis(400), Duration::from_millis(400), Duration::from_millis(400), Duration::from_millis(1150)];

/// For a host that is known to be there, by its MAC address, and has not answered yet.
const EXTRA_ROUND: Duration = Duration::from_millis(350);

/// Between the first questions to two addresses. Each is a broadcast for a MAC address: 254 at one instant overflow the
/// queues of access points and bridges, a second and two seconds later again.
const SPACING: Duration = Duration::from_millis(1);

/// For an agent that announced itself: long enough for the kernel's next question after it gave up at 3 s.
const ANNOUNCED_ROUNDS: [Duration; 3] = [Duration::from_millis(1300); 3];

/// An agent that announced itself has this long to be found by the sweep, which asks it anyway.
const ANNOUNCED_PAUSE: Duration = Duration::from_millis(300);

/// How long an accepted connection's answer is waited for before another is made. The first is short: a connection that
/// waited for a MAC address takes the network for that slow, and repeats what was lost only after seconds.
const ANSWER_LIMITS: [Duration; 4] =
    [Duration::from_millis(350), Duration::from_millis(1000), Duration::from_millis(2000), Duration::from_millis(3000)];

/// Between two tries of one round, where the system said no at once.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks single addresses.
#[derive(Clone)]
pub(super) struct Asker {
    pub port: u16,
    pub neighbours: Neighbours,
    pub reports: Reports,
}

/// What one connection came to.
enum Attempt {
    Connected(TcpStream),
    /// The host is up and nothing listens on the port.
    Refused,
    Silent,
    /// This computer could not ask.
    NotAsked(io::Error),
}

/// How an address stands after a round.
enum Standing {
    Settled,
    Silent,
}

/// Asks every address of these networks, `at_once` at a time.
pub(super) async fn sweep(networks: &[Ipv4Net], asker: &Asker, at_once: usize) {
    let permits = Arc::new(Semaphore::new(at_once));
    let mut tasks = JoinSet::new();
    let mut spacing = tokio::time::interval(SPACING);
    for address in networks.iter().flat_map(Ipv4Net::hosts) {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
        spacing.tick().await;
        let asker = asker.clone();
        tasks.spawn(async move {
            asker.ask(address).await;
            drop(permit);
        });
        while tasks.try_join_next().is_some() {}
    }
    tasks.join_all().await;
}

impl Asker {
    /// Asks an address of a sweep until it is settled or all rounds are over.
    async fn ask(&self, address: Ipv4Addr) {
        self.reports.asked();
        let target = SocketAddr::new(address.into(), self.port);
        let target = Way { via: target, at: target };
        let mut lost = 0;
        for (round, limit) in ROUNDS.into_iter().enumerate() {
            let standing = self.round(target, limit, &mut lost).await;
            if matches!(standing, Standing::Settled) {
                return self.reports.rounds_over(ROUNDS.len() - round);
            }
            self.reports.rounds_over(1);
        }
        let Some(neighbour) = self.neighbours.of(address).await.filter(|neighbour| neighbour.is_fresh) else { return };
        let standing = self.round(target, EXTRA_ROUND, &mut lost).await;
        if matches!(standing, Standing::Silent) && neighbour.mac.is_raspberry_pi() {
            self.reports.silent_pi(address, neighbour.mac);
        }
    }

    /// Asks an agent that announced itself.
    pub(super) async fn ask_announced(&self, way: Way) {
        tokio::time::sleep(ANNOUNCED_PAUSE).await;
        let mut lost = 0;
        for limit in ANNOUNCED_ROUNDS {
            if self.reports.is_told(way.at.ip()) {
                return; // Another way was faster.
            }
            if matches!(self.round(way, limit, &mut lost).await, Standing::Settled) {
                return;
            }
        }
    }

    /// One connection, and the question over it; asked again at once when the answer was lost.
    async fn round(&self, way: Way, limit: Duration, lost: &mut usize) -> Standing {
        loop {
            let stream = match connect(way.via, limit).await {
                Attempt::Connected(stream) => stream,
                // An agent that announced itself runs, though it does not listen on every way.
                Attempt::Refused if way.via != way.at => return Standing::Settled,
                Attempt::Refused => return self.refused(way.at.ip()).await,
                Attempt::Silent => return Standing::Silent,
                Attempt::NotAsked(error) => {
                    self.reports.not_asked(&error);
                    return Standing::Settled;
                }
            };
            let Some(limit) = ANSWER_LIMITS.get(*lost) else {
                self.other(way.at, "it accepts connections and says nothing".to_owned()).await;
                return Standing::Settled;
            };
            match identify(stream, way.at, *limit).await {
                Reply::Agent(identity) => self.reports.found(way.at, identity),
                Reply::Other(answer) => self.other(way.at, answer).await,
                Reply::Lost => {
                    *lost += 1;
                    continue;
                }
            }
            return Standing::Settled;
        }
    }

    async fn refused(&self, address: IpAddr) -> Standing {
        if let IpAddr::V4(address) = address
            && let Some(neighbour) = self.neighbours.of(address).await
            && neighbour.mac.is_raspberry_pi()
        {
            self.reports.silent_pi(address, neighbour.mac);
        }
        Standing::Settled
    }

    async fn other(&self, target: SocketAddr, answer: String) {
        let neighbour = match target.ip() {
            IpAddr::V4(address) => self.neighbours.of(address).await,
            IpAddr::V6(_) => None,
        };
        self.reports.other(target, answer, neighbour.is_some_and(|neighbour| neighbour.mac.is_raspberry_pi()));
    }
}

/// One round: an early no (the kernel gave up on the MAC address, a buffer was full) does not end it.
async fn connect(target: SocketAddr, limit: Duration) -> Attempt {
    let until = Instant::now() + limit;
    loop {
        let error = match timeout_at(until, TcpStream::connect(target)).await {
            Ok(Ok(stream)) => return Attempt::Connected(stream),
            Ok(Err(error)) => error,
            Err(_) => return Attempt::Silent,
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the system's list grows; whatever is not known is asked again"
        )]
        match error.kind() {
            io::ErrorKind::ConnectionRefused => return Attempt::Refused,
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
                return Attempt::NotAsked(error);
            }
            // The kernel asks for the MAC address anew at once.
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}
