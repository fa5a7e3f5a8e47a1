//! How a device that lost power is found out: it sends no goodbye, so the kernel asks after it.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// Found out within 15 s: asked after 5, 8 and 11 s of silence, or when what was sent stays unheard for so long.
pub(super) const SILENCE: Silence = Silence {
    idle: Duration::from_secs(5),
    interval: Duration::from_secs(3),
    retries: 3,
    unheard: Duration::from_secs(15),
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
    pub fn find_out_on(&self, connection: impl AsFd) -> io::Result<()> {
        use rustix::net::sockopt;
        sockopt::set_socket_keepalive(&connection, true)?;
        sockopt::set_tcp_keepidle(&connection, self.idle)?;
        sockopt::set_tcp_keepintvl(&connection, self.interval)?;
        sockopt::set_tcp_keepcnt(&connection, self.retries)?;
        #[cfg(target_os = "linux")]
        sockopt::set_tcp_user_timeout(&connection, u32::try_from(self.unheard.as_millis()).unwrap_or(u32::MAX))?;
        Ok(())
    }
}
