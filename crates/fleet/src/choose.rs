//! From what an operator writes to the devices that are meant.

use crate::desk::{Desk, MeetError};
use crate::device::CallError;
use crate::names::near;
use crate::store::{KnownDevice, StoreError};
use framboise_core::protocol::http::PORT;
use std::net::{IpAddr, SocketAddr};

/// Shorter beginnings of an id say too little.
const ID_PREFIX_CHARS_MIN: usize = 4;

/// Which devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All that the desk knows.
    All,
    /// Each by its name, its address, or the beginning of its id.
    These(Vec<String>),
}

/// A choice that means nothing, or too much.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// The desk knows none at all.
    #[error("no device is known yet")]
    NoneKnown,
    /// No device is called so.
    #[error("no device is called {given}")]
    Unknown {
        /// What was written.
        given: String,
        /// Names that are much like it.
        near: Vec<String>,
    },
    /// Several are.
    #[error("{given} can mean {count} devices", count = candidates.len())]
    Ambiguous {
        /// What was written.
        given: String,
        /// Which.
        candidates: Vec<KnownDevice>,
    },
    /// An address at which no agent answers.
    #[error(transparent)]
    NotMet(CallError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Desk {
    /// The devices that are meant, each once, sorted as people sort. An address that is not known yet is asked.
    ///
    /// # Errors
    /// When none is known, or a word means none or several.
    pub async fn choose(&self, choice: &Choice) -> Result<Vec<KnownDevice>, ChooseError> {
        let known = self.store.devices().await?;
        let words = match choice {
            Choice::All if known.is_empty() => return Err(ChooseError::NoneKnown),
            Choice::All => return Ok(known),
            Choice::These(words) => words,
        };
        let mut chosen: Vec<KnownDevice> = Vec::new();
        for word in words {
            let device = match find(word, &known)? {
                Some(device) => device.clone(),
                None => self.meet_named(word, &known).await?,
            };
            if chosen.iter().all(|other| other.id() != device.id()) {
                chosen.push(device);
            }
        }
        chosen.sort_by(|a, b| crate::names::natural_order(a.name(), b.name()).then_with(|| a.id().cmp(b.id())));
        Ok(chosen)
    }

    async fn meet_named(&self, word: &str, known: &[KnownDevice]) -> Result<KnownDevice, ChooseError> {
        let Some(address) = address_of(word) else {
            if known.is_empty() {
                return Err(ChooseError::NoneKnown);
            }
            let near = near(word, known.iter().map(KnownDevice::name)).into_iter().map(str::to_owned).collect();
            return Err(ChooseError::Unknown { given: word.to_owned(), near });
        };
        self.meet(address).await.map_err(|error| match error {
            MeetError::Call(error) => ChooseError::NotMet(error),
            MeetError::Store(error) => ChooseError::Store(error),
        })
    }
}

/// The one known device that a word means: by name first, then by address, then by id.
fn find<'a>(word: &str, known: &'a [KnownDevice]) -> Result<Option<&'a KnownDevice>, ChooseError> {
    let is_address = |device: &KnownDevice| {
        word.parse::<SocketAddr>().is_ok_and(|address| address == device.address)
            || word.parse::<IpAddr>().is_ok_and(|address| address == device.address.ip())
    };
    let is_id = |device: &KnownDevice| word.len() >= ID_PREFIX_CHARS_MIN && device.id().0.starts_with(word);
    let ways: [&dyn Fn(&KnownDevice) -> bool; 3] =
        [&|device| device.name().eq_ignore_ascii_case(word), &is_address, &is_id];
    for way in ways {
        let matching: Vec<&KnownDevice> = known.iter().filter(|device| way(device)).collect();
        match matching.as_slice() {
            [] => {}
            [device] => return Ok(Some(device)),
            several => {
                let candidates = several.iter().map(|device| (*device).clone()).collect();
                return Err(ChooseError::Ambiguous { given: word.to_owned(), candidates });
            }
        }
    }
    Ok(None)
}

fn address_of(word: &str) -> Option<SocketAddr> {
    word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, PORT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::Timestamp;
    use framboise_core::ids::DeviceId;
    use framboise_core::protocol::http::Identity;

    fn known(name: &str, address: &str, id: &str) -> KnownDevice {
        let identity = Identity {
            framboise: "0.1.0".into(),
            api: 1,
            device: DeviceId(id.into()),
            name: name.into(),
            model: None,
            os: String::new(),
            architecture: "arm64".into(),
            seed_routes: false,
        };
        KnownDevice { address: address.parse().unwrap(), identity: identity.into(), seen: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn names_addresses_and_ids_are_understood() {
        let devices = [known("kiosk-1", "10.0.0.1:5000", "AbCdEf"), known("kiosk-2", "10.0.0.2:5000", "AbXyZz")];
        for (word, expected) in [
            ("kiosk-1", Some("kiosk-1")),
            ("KIOSK-2", Some("kiosk-2")),
            ("10.0.0.2", Some("kiosk-2")),
            ("10.0.0.1:5000", Some("kiosk-1")),
            ("10.0.0.1:5001", None),
            ("AbXy", Some("kiosk-2")),
            ("AbX", None),
            ("kiosk", None),
        ] {
            assert_eq!(find(word, &devices).unwrap().map(KnownDevice::name), expected, "{word}");
        }
    }

    #[test]
    fn one_name_on_two_devices_is_told() {
        let devices = [known("raspberrypi", "10.0.0.1:5000", "AbCd"), known("raspberrypi", "10.0.0.2:5000", "EfGh")];
        let error = find("raspberrypi", &devices).unwrap_err();
        assert_eq!(error.to_string(), "raspberrypi can mean 2 devices");
    }
}
