//! One universe on one device: published, installed, updated, rolled back, compared, taken away.

use super::generate::{Universe, universe};
use crate::compared;
use crate::pi::Pi;
use crate::source::{self, FOLDER};

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

/// Makes the universe of this seed, and goes there and back.
pub fn travel(pi: &Pi, seed: u64) -> Result<Ended, String> {
    let universe = universe(seed, pi.device.arch());
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
    let older = universe.packages.iter().filter_map(|pair| pair.old.as_ref());
    source::carry(pi, older, universe.packages.iter().filter_map(|pair| pair.new.as_ref()));
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
    source::offer_all(pi);
    Ok(())
}

fn there_and_back(pi: &Pi, universe: &Universe) -> Result<Ended, Problem> {
    let before = compared(pi);
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
    let difference = compared(pi).difference(&before);
    if said.is_empty() && difference.is_empty() {
        if ended != Ended::ThereAndBack {
            eprintln!("universe {}: {}: {text}", universe.seed, universe.list.join(" "));
        }
        return Ok(ended);
    }
    Err(bad(universe, &format!("after {ended:?}: {said}\n{difference}\nthe update: {text}")))
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
