//! `framboise depot`: the .debs that this desk keeps for devices' ways back.

use super::Done;
use crate::arguments::DepotVerb;
use crate::exit::Exit;
use crate::face::Face;
use crate::problem::Problem;
use crate::table::fitted;
use crate::words::{bytes, count};
use framboise_fleet::depot::{Depot, DepotDeb};
use framboise_fleet::home::Home;
use serde_json::{Value, json};

/// What a narrow window does without: the digest.
const SPARE: [usize; 1] = [4];

pub fn run(verb: &DepotVerb, home: &Home, face: &Face) -> Done {
    let depot = Depot::of(home);
    match verb {
        DepotVerb::Add { files } => {
            let added: Result<Vec<_>, _> = files.iter().map(|file| depot.add(file)).collect();
            told(&added?, "added", "kept", face);
        }
        DepotVerb::List => list(&depot.list()?, face),
        DepotVerb::Remove { packages } => {
            let mut removed = Vec::new();
            for package in packages {
                removed.extend(depot.remove(package)?);
            }
            told(&removed, "removed", "deleted", face);
        }
    }
    Ok(Exit::AllDone)
}

fn list(debs: &[DepotDeb], face: &Face) {
    face.json(&json!({ "debs": debs.iter().map(object).collect::<Vec<_>>() }));
    if debs.is_empty() {
        face.talk("The depot is empty. What update files name is kept by itself; more: framboise depot add FILE");
        return;
    }
    let rows = fitted(&debs.iter().map(row).collect::<Vec<_>>(), face.window(), &SPARE).rows;
    rows.iter().flatten().for_each(|line| face.data(line));
    let all = debs.iter().map(|deb| deb.bytes).sum();
    face.talk(&format!("{} in {}", bytes(all), count(debs.len(), "package file")));
}

fn told(debs: &[DepotDeb], key: &str, word: &str, face: &Face) {
    face.json(&json!({ key: debs.iter().map(object).collect::<Vec<_>>() }));
    for deb in debs {
        face.data(&format!("{} {} {word}, {}", deb.name, deb.version, bytes(deb.bytes)));
    }
}

fn row(deb: &DepotDeb) -> [String; 5] {
    let digest = deb.sha256.short();
    [deb.name.to_string(), deb.version.to_string(), deb.architecture.to_string(), bytes(deb.bytes), digest]
}

fn object(deb: &DepotDeb) -> Value {
    json!({
        "package": deb.name, "version": deb.version, "architecture": deb.architecture, "bytes": deb.bytes,
        "sha256": deb.sha256, "path": deb.path,
    })
}

impl From<framboise_fleet::depot::DepotError> for Problem {
    fn from(error: framboise_fleet::depot::DepotError) -> Self {
        use framboise_fleet::depot::DepotError as E;
        let hint = match &error {
            E::File { .. } => "check that it is there, and the disk",
            E::NotADeb { .. } => "give a .deb, whole",
            E::Unnamed { .. } => "name it NAME_VERSION_ARCHITECTURE.deb, or install dpkg on this computer",
            E::Unknown(_) => "see what it has: framboise depot list",
        };
        Problem::of_use(crate::problem::chain(&error), hint)
    }
}
