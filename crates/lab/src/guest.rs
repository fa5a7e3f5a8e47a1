//! What a virtual machine has inside beside a device of the lab: its network, and a shell for tests.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use std::os::unix::fs::symlink;

use crate::command::Output;
use crate::error::{Error, Result};
use crate::files;
use crate::network::Network;

/// Where the shell listens.
const SHELL_PORT: u16 = 5001;

/// Where units lie.
const UNITS: &str = "etc/systemd/system";

/// Ends what a script wrote to stdout, before its exit status.
const END: &str = "framboise-lab-end";

const SHELL_SOCKET: &str = "[Unit]
Description=Shell for tests
[Socket]
ListenStream=5001
Accept=yes
[Install]
WantedBy=sockets.target
";

const SHELL_SERVICE: &str = "[Unit]
Description=Shell for tests
[Service]
ExecStart=/bin/sh -s
Environment=HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
StandardInput=socket
StandardOutput=socket
StandardError=journal
";

/// Writes into the folder that lies over a device's layers what it needs as a machine.
pub(crate) fn prepare(upper: &Path, address: Ipv4Addr) -> Result<()> {
    let network = format!(
        "[Unit]\nDescription=Network of the lab\nBefore=network.target framboised.service\nWants=network.target\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/ip link set eth0 up\n\
         ExecStart=/sbin/ip addr add {address}/24 dev eth0\nExecStart=/sbin/ip route add 224.0.0.0/4 dev eth0\n"
    );
    let units = upper.join(UNITS);
    files::write(&units.join("framboise-lab-network.service"), network)?;
    files::write(&units.join("framboise-lab-shell.socket"), SHELL_SOCKET)?;
    files::write(&units.join("framboise-lab-shell@.service"), SHELL_SERVICE)?;
    for (wanted, by) in [("network.service", "multi-user.target"), ("shell.socket", "sockets.target")] {
        let unit = format!("framboise-lab-{wanted}");
        link(&format!("../{unit}"), &units.join(format!("{by}.wants")).join(&unit))?;
    }
    // Nobody types there, and without udev nobody tells that the line exists.
    for unit in ["serial-getty@ttyS0.service", "getty@tty1.service"] {
        link("/dev/null", &units.join(unit))?;
    }
    Ok(())
}

/// Runs a script in the machine's shell.
pub(crate) fn exec(network: &Network, address: Ipv4Addr, script: &str, limit: Duration) -> Result<Output> {
    let complete = format!(
        "(\n{script}\n) 2>/run/framboise-lab-stderr\n\
        printf '\\n{END} %s\\n' $?\ncat /run/framboise-lab-stderr\n"
    );
    let text = network.talk((address, SHELL_PORT), &complete, limit)?;
    let ended = text.rsplit_once(&format!("\n{END} ")).and_then(|(stdout, rest)| {
        let (status, stderr) = rest.split_once('\n')?;
        Some(Output { status: status.parse().ok()?, stdout: stdout.to_owned(), stderr: stderr.to_owned() })
    });
    ended.ok_or_else(|| Error::Invalid(format!("{address} broke off in the middle of `{script}`: {text:?}")))
}

fn link(target: &str, path: &Path) -> Result<()> {
    files::create_dir(path.parent().unwrap_or(path))?;
    symlink(target, path).map_err(Error::io("link", path))
}
