//! A virtual machine, and what it is compared with: both of its states, learnt undisturbed.

use crate::books::{self, Books};
use crate::desk::Ask;
use crate::rig::Rig;
use crate::snapshot::{SCRIPT, Snapshot};
use crate::standing::Standing;
use framboise_lab::{Machine, Suite, copy_image};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Packages of all kinds, and an older OpenSSL that the device starts with.
const LIST: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode openssl tree";

/// A machine, switched on between runs, and what is known of it.
pub struct Bench {
    /// The machine.
    pub machine: Machine,
    /// What leads from either state to the other.
    pub ways: [Way; 2],
    /// Which of them is next.
    pub next: usize,
    /// The books after the last run.
    pub books: Books,
    fresh: PathBuf,
    scratch: PathBuf,
}

/// A request, and what it leads to.
pub struct Way {
    /// In a word.
    pub name: &'static str,
    /// In full.
    pub ask: Ask,
    /// Where it begins.
    pub before: Standing,
    /// Where it ends.
    pub after: Standing,
    /// Undisturbed.
    pub takes: Duration,
}

impl Bench {
    /// Makes a machine of the suite's device, and plays an update and a rollback undisturbed.
    pub fn prepare(rig: &Rig, suite: Suite) -> Bench {
        let device = rig.lab.devices().unwrap().into_iter().find(|device| device.suite() == suite).unwrap();
        let file = |kind: &str| rig.scratch(&format!("{}.{kind}", device.name()));
        let (fresh, scratch) = (file("fresh"), file("state"));
        device.power_cut().unwrap();
        let mut machine = Machine::of(&rig.lab, device).unwrap_or_else(|error| panic!("{error}"));
        let began = Instant::now();
        machine.power_on().unwrap_or_else(|error| panic!("{error}"));
        eprintln!("{suite}: boots in {} s", began.elapsed().as_secs());
        let (before, _) = look(&machine, &scratch).unwrap();
        let (update, _) = undisturbed(rig, &machine, "update", Ask::Update(LIST), (&before, &scratch));
        let (rollback, books) = undisturbed(rig, &machine, "rollback", Ask::Rollback, (&update.after, &scratch));
        let difference = rollback.after.packages_difference(&update.before);
        assert_eq!(difference, "", "the rollback is not exact, even undisturbed");
        // A second update begins where the first rollback ended.
        let update = Way { before: rollback.after.clone(), ..update };
        machine.save_disk(&fresh).unwrap();
        Bench { machine, ways: [update, rollback], next: 0, books, fresh, scratch }
    }

    /// Makes this way the next one: the other is played undisturbed where it is its turn.
    pub fn turn_to(&mut self, way: usize, rig: &Rig) -> Result<(), String> {
        if self.next == way {
            return Ok(());
        }
        let other = &self.ways[self.next];
        let answer = other.ask.answer(&rig.lab, self.machine.device());
        let (now, books) = self.look()?;
        let difference = now.difference(&other.after);
        if answer.status != 200 || !difference.is_empty() {
            return Err(format!("the {} undisturbed: {} {}\n{difference}", other.name, answer.status, answer.text));
        }
        (self.next, self.books) = (way, books);
        Ok(())
    }

    /// Where it stands now, and its books.
    pub fn look(&self) -> Result<(Standing, Books), String> {
        look(&self.machine, &self.scratch)
    }

    /// After a run that went wrong: from the disk that every run could have begun with.
    pub fn begin_anew(&mut self) {
        if self.machine.is_on() {
            self.machine.power_cut(|sectors| sectors).unwrap();
        }
        copy_image(&self.fresh, &self.machine.disk()).unwrap();
        self.machine.power_on().unwrap();
        self.books = self.look().unwrap().1;
        self.next = 0;
    }

    /// Has the machine reboot as a person would, and holds it against where it stood.
    pub fn reboot(&mut self) {
        let boot = |machine: &Machine| machine.check("cat /proc/sys/kernel/random/boot_id").unwrap_or_default();
        let (before, last) = (self.look().unwrap().0, boot(&self.machine));
        // It hangs up before it has answered.
        drop(self.machine.exec("systemctl reboot"));
        let began = Instant::now();
        while [last.as_str(), ""].contains(&boot(&self.machine).as_str()) {
            assert!(began.elapsed() < REBOOT_WAIT, "it did not come back from a reboot");
            std::thread::sleep(Duration::from_secs(1));
        }
        self.machine.wait_for_agent().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(self.look().unwrap().0.difference(&before), "", "after a reboot");
        eprintln!("{}: an ordinary reboot: as before", self.machine.device().suite());
    }
}

/// As for a boot.
const REBOOT_WAIT: Duration = Duration::from_secs(1200);

fn undisturbed(
    rig: &Rig,
    machine: &Machine,
    name: &'static str,
    ask: Ask,
    (before, scratch): (&Standing, &Path),
) -> (Way, Books) {
    let began = Instant::now();
    let answer = ask.answer(&rig.lab, machine.device());
    let takes = began.elapsed();
    assert_eq!(answer.status, 200, "the {name} failed undisturbed: {}", answer.text);
    eprintln!("{}: the {name} takes {} s", machine.device().suite(), takes.as_secs());
    let (after, books) = look(machine, scratch).unwrap();
    (Way { name, ask, before: before.clone(), after, takes }, books)
}

/// What the machine says, with the contents of files as they lie on its disk.
fn look(machine: &Machine, scratch: &Path) -> Result<(Standing, Books), String> {
    let words = |error: framboise_lab::Error| error.to_string();
    settled(machine)?;
    let told = machine.check(SCRIPT).map_err(words)?;
    drop(fs::remove_dir_all(scratch));
    let script = "cp --archive var/lib/framboise \"$1\"
        find . -xdev -type f -print0 | xargs --null sha256sum --zero";
    let text = machine.look(script, &[scratch]).map_err(words)?;
    let lines = text.split('\0').filter_map(|line| line.split_once("  ."));
    let digests = lines.map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect();
    let standing = Standing::new(Snapshot::told(&told, &digests), fs::read(scratch.join("rollbackFile")).ok());
    Ok((standing, books::read_in(scratch)?))
}

/// Waits until systemd has started all that it starts at boot.
fn settled(machine: &Machine) -> Result<(), String> {
    let state = machine.exec("systemctl is-system-running --wait").map_err(|error| error.to_string())?;
    match state.stdout.trim() {
        "running" | "degraded" => Ok(()),
        other => Err(format!("systemd is {other:?}")),
    }
}
