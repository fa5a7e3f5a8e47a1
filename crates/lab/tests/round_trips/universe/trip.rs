//! One universe on one device: published, installed, updated, rolled back, compared, taken away.

use super::build::native;
use super::generate::{Universe, universe};
use crate::pi::Pi;
use crate::snapshot::Snapshot;

/// How a universe's update ended; the device stood as before in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    ThereAndBack,
    /// The update failed in the middle, and was rolled back by itself.
    FailedAndUndone,
    /// Nothing was begun.
    Refused,
    /// apt can't install what the universe starts with.
    Impossible,
}

/// Where the packages are on the device.
const FOLDER: &str = "/srv/universe";

/// Makes the universe of this seed, and goes there and back.
pub fn travel(pi: &Pi, seed: u64) -> Result<Ended, String> {
    let universe = universe(seed, native(pi.device.suite()));
    let ended = prepare(pi, &universe).and_then(|()| there_and_back(pi, &universe));
    clear(pi, &universe);
    match ended {
        Ok(ended) => Ok(ended),
        Err(Problem::Impossible) => Ok(Ended::Impossible),
        Err(Problem::Bad(text)) => Err(text),
    }
}

enum Problem {
    Impossible,
    Bad(String),
}

fn prepare(pi: &Pi, universe: &Universe) -> Result<(), Problem> {
    publish(pi, universe);
    if universe.installed.is_empty() || universe.list.is_empty() {
        return Err(Problem::Impossible);
    }
    let olds = universe.packages.iter().filter_map(|pair| pair.old.as_ref());
    let wanted = olds.filter(|old| universe.installed.contains(&old.name));
    let wanted: Vec<String> = wanted.map(|old| format!("{}={}", old.name, old.version)).collect();
    let install = format!("apt-get -qq update; apt-get -qq -y --no-install-recommends install {}", wanted.join(" "));
    pi.device.check(["sh", "-euc", &install]).map_err(|_| Problem::Impossible)?;
    for act in &universe.admin {
        // dpkg may refuse what an admin tries, too.
        drop(pi.device.exec(["sh", "-uc", act]));
    }
    offer(pi, universe);
    Ok(())
}

/// Carries the older versions to the device; the newer ones are offered later.
fn publish(pi: &Pi, universe: &Universe) {
    let folder = tempfile::tempdir().unwrap();
    let (mut older, mut all) = (String::new(), String::new());
    for pair in &universe.packages {
        for (build, is_old) in pair.old.iter().map(|old| (old, true)).chain(pair.new.iter().map(|new| (new, false))) {
            let stanza = build.make(folder.path());
            older.push_str(if is_old { &stanza } else { "" });
            all.push_str(&stanza);
            let deb = std::fs::read(folder.path().join(build.file_name())).unwrap();
            pi.device.write_file(&format!("{FOLDER}/{}", build.file_name()), deb, 0o644).unwrap();
        }
    }
    pi.device.write_file(&format!("{FOLDER}/Packages"), older, 0o644).unwrap();
    pi.device.write_file(&format!("{FOLDER}/Packages.all"), all, 0o644).unwrap();
    let line = format!("deb [trusted=yes] file:{FOLDER} ./\n");
    pi.device.write_file("/etc/apt/sources.list.d/universe.list", line, 0o644).unwrap();
}

fn offer(pi: &Pi, _universe: &Universe) {
    pi.sh(&format!("mv {FOLDER}/Packages.all {FOLDER}/Packages; apt-get -qq update"));
}

fn there_and_back(pi: &Pi, universe: &Universe) -> Result<Ended, Problem> {
    let before = pi.snapshot();
    let answer = pi.update(&universe.list.join("\n"));
    let text = answer.text.clone();
    let ended = match (answer.status, answer.json["outcome"]["state"].as_str(), answer.json["state"].as_str()) {
        (200, Some("committed"), _) if answer.changes().is_empty() => Ended::Refused,
        (200, Some("committed"), _) => Ended::ThereAndBack,
        (_, _, Some("rolled-back")) => Ended::FailedAndUndone,
        // Whatever the status says, nothing was begun.
        (_, _, Some("failed")) | (400..500, _, _) => Ended::Refused,
        _ => return Err(bad(universe, &format!("the update ended oddly: {} {text}", answer.status))),
    };
    let mut said = String::new();
    if ended == Ended::ThereAndBack {
        let answer = pi.rollback();
        if answer.status != 200 {
            said = format!("the rollback failed: {} {}", answer.status, answer.text);
        }
    }
    let difference = difference(&pi.snapshot(), &before);
    if said.is_empty() && difference.is_empty() {
        if ended != Ended::ThereAndBack {
            eprintln!("universe {}: {}: {text}", universe.seed, universe.list.join(" "));
        }
        return Ok(ended);
    }
    Err(bad(universe, &format!("after {ended:?}: {said}\n{difference}\nthe update: {text}")))
}

fn difference(now: &Snapshot, before: &Snapshot) -> String {
    now.difference(before)
}

fn bad(universe: &Universe, what: &str) -> Problem {
    let admin = universe.admin.join("\n    ");
    Problem::Bad(format!(
        "{what}\n  installed: {}\n  list: {}\n  admin:\n    {admin}",
        universe.installed.join(" "),
        universe.list.join(" ")
    ))
}

/// Takes all of it away: names and paths have the seed in them, so what stays disturbs no other.
fn clear(pi: &Pi, universe: &Universe) {
    pi.sh(&format!(
        "dpkg --configure -a >/dev/null 2>&1 || true
         dpkg-query -W -f '${{Package}}\\n' 'uni*' 2>/dev/null | xargs -r dpkg --purge --force-all >/dev/null 2>&1 || true
         rm -rf {FOLDER} /etc/uni{seed}-* /usr/share/uni{seed}-*",
        seed = universe.seed
    ));
}
