//! Who this device is, as anybody on its network may know.

use crate::root_side::RootSide;
use framboise_core::cause::Failure;
use framboise_core::ids::DeviceId;
use framboise_core::protocol::http::Identity;
use std::path::PathBuf;

/// The version of the HTTP interface.
const API: u32 = 1;

/// What is known without asking the root side.
#[derive(Debug)]
pub struct Device {
    id_file: PathBuf,
    name: Option<String>,
    model: Option<String>,
    os: String,
}

impl Device {
    /// Reads what does not change while the server runs. `name` is what the settings call it.
    pub fn read(id_file: PathBuf, name: Option<String>) -> Self {
        // The device tree's strings end with a NUL.
        let model = std::fs::read_to_string("/proc/device-tree/model").ok();
        let model = model.map(|text| text.trim_end_matches(['\0', '\n']).to_owned()).filter(|text| !text.is_empty());
        let os_release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Device { id_file, name, model, os: pretty_name(&os_release) }
    }

    /// What the settings call it, or its host name, which may change at any time.
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(host_name)
    }

    /// Its public key, when the root side has made one. Read each time: that happens while this server runs.
    pub fn id(&self) -> Option<DeviceId> {
        let text = std::fs::read_to_string(&self.id_file).ok()?;
        Some(text.trim()).filter(|id| !id.is_empty()).map(|id| DeviceId(id.into()))
    }

    /// The host name, less `.local`, that it announces itself by. An own one: avahi answers for the device's and would take
    /// ours for a rival's.
    pub fn announced_name(&self) -> String {
        let short = self.id().map_or_else(host_name, |id| id.short());
        format!("framboise-{}", short.to_ascii_lowercase().replace('_', "-"))
    }

    /// The answer to who this is. Asks the root side only where nobody has before, so that it makes a key.
    pub async fn identity(&self, root_side: &RootSide, seed_routes: bool) -> Result<Identity, Box<Failure>> {
        let device = match self.id() {
            Some(id) => id,
            None => root_side.status().await?.device,
        };
        Ok(Identity {
            framboise: env!("CARGO_PKG_VERSION").to_owned(),
            api: API,
            device,
            name: self.name(),
            model: self.model.clone(),
            os: self.os.clone(),
            architecture: architecture().to_owned(),
            seed_routes,
        })
    }
}

/// The kernel's name of this host.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Debian's name of what this program was built for, which is what the device's packages are built for: it came as one.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "armhf",
        "x86" => "i386",
        other => other,
    }
}

/// `PRETTY_NAME` of os-release(5).
fn pretty_name(os_release: &str) -> String {
    let value = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    value.map_or_else(|| "Linux".to_owned(), |value| value.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_name_of_the_system() {
        assert_eq!(
            super::pretty_name("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)"
        );
        assert_eq!(super::pretty_name(""), "Linux");
    }
}
