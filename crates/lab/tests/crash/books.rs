//! What a device keeps about its orders: nothing of it may be lost, doubled or torn by a power cut.

use crate::report::Ended;
use framboise_core::digest::Digest;
use framboise_core::receipt::{RECEIPT_TYPE, Receipt};
use framboise_core::trust::{Operators, Sealed};
use framboise_lab::Device;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The orders of a device, each with the state it ended in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    ended: BTreeMap<String, String>,
}

/// Whether no order is open on a device, and no restart is to come, as its disk tells.
pub fn is_at_rest(device: &Device) -> bool {
    let state = device.on_disk("/var/lib/framboise");
    let is_closed = |path: PathBuf| last_record(&path.join("journal")).is_ok_and(|record| record["closed"] == true);
    !state.join("restart.json").exists() && entries(&state.join("transactions")).into_iter().all(is_closed)
}

/// The state that the newest order ended in.
pub fn last_state(device: &Device) -> String {
    let folders = entries(&device.on_disk("/var/lib/framboise/transactions"));
    let record = folders.last().and_then(|path| last_record(&path.join("journal")).ok()).unwrap_or_default();
    record["state"].as_str().unwrap_or_default().to_owned()
}

/// Reads and checks them: journals closed, one receipt an order in an unbroken chain, points and vault whole.
pub fn read(device: &Device) -> Result<Books, String> {
    read_in(&device.inside("/var/lib/framboise").map_err(|error| error.to_string())?)
}

/// As [`read`], in a copy of `/var/lib/framboise`.
pub fn read_in(state: &Path) -> Result<Books, String> {
    let ended = journals(&state.join("transactions"))?;
    receipts(state, &ended)?;
    restore_points(state)?;
    vault(&state.join("vault"))?;
    Ok(Books { ended })
}

impl Books {
    /// Holds the books after a run against these, from before it: all that was there is, and the new order, if it came
    /// before the power went, tells where the device stands.
    pub fn agree(&self, now: &Books, ended: Ended) -> Result<(), String> {
        let lost: Vec<&String> =
            self.ended.iter().filter(|(id, state)| now.ended.get(*id) != Some(state)).map(|(id, _)| id).collect();
        let new: Vec<&str> =
            now.ended.iter().filter(|(id, _)| !self.ended.contains_key(*id)).map(|(_, state)| state.as_str()).collect();
        let is_right = match (ended, new.as_slice()) {
            (Ended::After, ["committed"]) | (Ended::Before, [] | ["failed" | "rolled-back"]) => true,
            (Ended::After | Ended::Before, _) => false,
        };
        if lost.is_empty() && is_right {
            Ok(())
        } else {
            Err(format!("the device is {ended:?}; orders lost {lost:?}, new {new:?}"))
        }
    }
}

/// Keeps what a device that went wrong tells of it, in `target/NAME-SEED`.
pub fn keep(device: &Device, name: &str, seed: u64) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join(format!("{name}-{seed}"));
    fs::create_dir_all(&folder).unwrap();
    let paths = ["/var/lib/framboise/transactions", "/var/lib/framboise/deviations.json", "/var/log/dpkg.log"];
    for path in paths {
        // A device that did not come up has nothing to tell.
        let Ok(inside) = device.inside(path) else { return };
        drop(
            Command::new("cp")
                .args(["--recursive", "--no-target-directory"])
                .arg(inside)
                .arg(folder.join(name_of(path)))
                .status(),
        );
    }
    let journal = device.exec(["journalctl", "--no-pager", "--boot"]).map(|output| output.stdout).unwrap_or_default();
    fs::write(folder.join("journal"), journal).unwrap();
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn journals(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut ended = BTreeMap::new();
    for path in entries(folder) {
        let journal = path.join("journal");
        let record = last_record(&journal)?;
        if record["closed"] != true {
            return Err(format!("{} was left open: {record}", journal.display()));
        }
        ended.insert(name(&path), record["state"].as_str().unwrap_or_default().to_owned());
    }
    Ok(ended)
}

fn last_record(journal: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(journal).map_err(|error| format!("{}: {error}", journal.display()))?;
    let last = text.lines().last().and_then(|line| line.split_once(' ')).unwrap_or_default().1;
    serde_json::from_str(last).map_err(|error| format!("{}: {error}", journal.display()))
}

fn receipts(state: &Path, ended: &BTreeMap<String, String>) -> Result<(), String> {
    let key = fs::read_to_string(state.join("device.pub")).unwrap_or_default();
    let device = if key.is_empty() {
        Operators::default()
    } else {
        Operators::parse(&format!("device ed25519:{}", key.trim())).map_err(|error| error.to_string())?
    };
    let mut previous: Option<Digest> = None;
    let mut told = BTreeMap::new();
    let files = entries(&state.join("receipts")).into_iter().filter(|path| path.extension().is_none());
    for (place, path) in files.enumerate() {
        let wrong = |problem: String| format!("receipt {}: {problem}", path.display());
        let sealed = Sealed(fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?);
        let verified = device.open(&sealed, RECEIPT_TYPE).map_err(|error| wrong(error.to_string()))?;
        let receipt: Receipt = serde_json::from_slice(&verified.payload).map_err(|error| wrong(error.to_string()))?;
        if receipt.number != place as u64 + 1 || receipt.previous != previous {
            return Err(wrong("the chain is broken".into()));
        }
        let outcome = serde_json::to_value(&receipt.outcome).unwrap();
        if told.insert(receipt.order.to_string(), outcome["state"].as_str().unwrap_or_default().to_owned()).is_some() {
            return Err(wrong("a second one for the same order".into()));
        }
        previous = Some(Digest::of(sealed.0.as_bytes()));
    }
    if &told == ended { Ok(()) } else { Err(format!("receipts tell {told:?}, journals {ended:?}")) }
}

fn restore_points(state: &Path) -> Result<(), String> {
    let folder = state.join("restore-points");
    let points =
        entries(&folder).into_iter().filter(|path| name(path).trim_end_matches(".json").parse::<u32>().is_ok());
    for path in points {
        for file in [path.clone(), path.with_extension("state.json")] {
            let content = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            serde_json::from_slice::<Value>(&content).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    let Ok(stands_on) = fs::read_to_string(state.join("stands-on.json")) else { return Ok(()) };
    let number: u32 = stands_on.trim().parse().map_err(|_| format!("stands-on.json says {stands_on:?}"))?;
    let point = folder.join(format!("{number:06}.json"));
    if point.exists() { Ok(()) } else { Err(format!("the device stands on {}, which is not there", point.display())) }
}

/// Each .debs bears its digest as its name.
fn vault(folder: &Path) -> Result<(), String> {
    for path in entries(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
    {
        let content = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let digest = Digest::of(&content).to_string();
        let is_named_so = path.file_stem().is_some_and(|stem| *digest == *stem.to_string_lossy());
        if !is_named_so {
            return Err(format!("{} has the digest {digest}", path.display()));
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
