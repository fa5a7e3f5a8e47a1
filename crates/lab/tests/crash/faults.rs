//! Where the power goes: at a named point of the root side, or at an instant.

use framboise_lab::Device;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// As crates/apply/src/faults.rs has it.
const FOLDER: &str = "/var/tmp/framboise-faults";

/// The root side on a device.
const PROGRAM: &str = "/usr/lib/framboise/framboise-apply";

/// How to build the root side with its points.
const BUILD: &str = "cargo build -p framboise-apply --features faults --target-dir target/faults";

/// Longer than any transaction or recovery here.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the power goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// When this point is reached for this time, counted from 1.
    At(String, usize),
    /// So long after the beginning.
    After(Duration),
}

impl Cut {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Cut::At(point, 1) => format!("at \"{point}\""),
            Cut::At(point, count) => format!("at \"{point}\", time {count}"),
            Cut::After(instant) => format!("after {} ms", instant.as_millis()),
        }
    }
}

/// Gives a device that is switched off the root side with points.
pub fn install(device: &Device) {
    let built = match std::env::var_os("FRAMBOISE_FAULTS") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("faults/debug/framboise-apply"),
    };
    assert!(built.exists(), "{} is not there: {BUILD}", built.display());
    let program = device.on_disk(PROGRAM);
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let stripped = std::process::Command::new("strip").arg("-o").args([&program, &built]).status();
    assert!(stripped.unwrap().success(), "strip {}", built.display());
}

/// Prepares a device that is switched off for a cut; without one, its points are only noted.
pub fn arm(device: &Device, cut: Option<&Cut>) {
    let folder = device.on_disk(FOLDER);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    if let Some(Cut::At(point, count)) = cut {
        fs::write(folder.join("stop"), format!("{count} {point}\n")).unwrap();
    }
}

/// Lets a device that is switched off run through its points.
pub fn disarm(device: &Device) {
    drop(fs::remove_dir_all(device.on_disk(FOLDER)));
}

/// The points that were reached since [`arm`], in their order.
pub fn reached(device: &Device) -> Vec<String> {
    let text = fs::read_to_string(device.on_disk(FOLDER).join("hits")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Waits for the moment of the cut, or until what goes on has ended.
pub fn wait(device: &Device, cut: &Cut, mut has_ended: impl FnMut() -> bool) {
    let (began, marker) = (Instant::now(), device.on_disk(FOLDER).join("reached"));
    loop {
        let is_time = match cut {
            Cut::At(..) => marker.exists(),
            Cut::After(instant) => began.elapsed() >= *instant,
        };
        if is_time || has_ended() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain to cut the power {}", cut.words());
        std::thread::sleep(Duration::from_millis(5));
    }
}
