//! The accept loop: who gets a connection.

use crate::connection;
use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, Places};
use crate::{Agent, log};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long the last answers may take after the server was told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// Refusals are logged no oftener: a flood of connections shall not become a flood of lines.
const LOG_PAUSE: Duration = Duration::from_secs(60);

/// Accepts connections for ever and serves each in a task of its own.
pub async fn accept(agent: &Arc<Agent>, listener: TcpListener, stopping: &watch::Receiver<bool>) -> Infallible {
    let connections = Places::new(CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX);
    let mut logged: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let is_served = serve(agent, &connections, stream, peer, stopping.clone());
                if !is_served && logged.is_none_or(|at| at.elapsed() >= LOG_PAUSE) {
                    logged = Some(Instant::now());
                    log::warning(&format!(
                        "closed a connection from {}: more than {CONNECTIONS_PER_ADDRESS_MAX} from there, or \
                         {CONNECTIONS_MAX} in all",
                        peer.ip()
                    ));
                }
            }
            Err(error) => {
                log::warning(&format!("could not accept a connection: {error}"));
                // Out of descriptors or memory: what is open must end first.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Waits until every connection has ended, but not for long.
pub async fn drained(stop: &watch::Sender<bool>) {
    if tokio::time::timeout(DRAIN_MAX, stop.closed()).await.is_err() {
        log::warning("some answers were cut off");
    }
}

/// Whether there was a place for it.
fn serve(
    agent: &Arc<Agent>,
    connections: &Arc<Places>,
    stream: TcpStream,
    peer: SocketAddr,
    stopping: watch::Receiver<bool>,
) -> bool {
    // An IPv4 client of an IPv6 socket looks like ::ffff:10.0.0.1; settings and people write 10.0.0.1.
    let peer = peer.ip().to_canonical();
    let Some(place) = Places::place(connections, peer) else { return false };
    let agent = Arc::clone(agent);
    tokio::spawn(async move {
        let _place = place;
        connection::serve(agent, stream, peer, stopping).await;
    });
    true
}
