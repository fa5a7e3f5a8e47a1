//! How a device that lost power is found out: it sends no goodbye, so the kernel asks after it.

use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// Found out within 15 s: asked after 5, 8 and 11 s of silence; on Linux the last limit ends it, at 14 s, also where what
/// was sent stays unheard.
pub(super) const SILENCE: Silence = Silence {
    idle: Duration::from_secs(5),
    interval: Duration::from_secs(3),
    retries: 3,
    unheard: Duration::from_secs(14),
};

/// tcp(7): `TCP_KEEPIDLE`, `TCP_KEEPINTVL`, `TCP_KEEPCNT`, `TCP_USER_TIMEOUT`.
pub(super) struct Silence {
    pub idle: Duration,
    pub interval: Duration,
    pub retries: u32,
    /// On Linux alone.
    pub unheard: Duration,
}

impl Silence {
    /// Has the kernel ask on this connection.
    ///
    /// # Errors
    /// When the system has no such option.
    pub fn find_out_on(&self, connection: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(connection);
        let asked = TcpKeepalive::new().with_time(self.idle).with_interval(self.interval).with_retries(self.retries);
        socket.set_tcp_keepalive(&asked)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.unheard))?;
        Ok(())
    }
}
