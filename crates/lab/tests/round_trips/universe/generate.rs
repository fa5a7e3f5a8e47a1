//! Thinks a universe up: packages in two versions, what the admin did to the older ones, and what is to be updated.

use super::dice::Dice;
use super::features;
use crate::build::{Build, Content};

/// A universe.
#[derive(Debug)]
pub struct Universe {
    pub seed: u64,
    /// Each package as it was and as it is now; one of both may be missing.
    pub packages: Vec<Pair>,
    /// What is installed at first.
    pub installed: Vec<String>,
    /// What the admin did then, in shell.
    pub admin: Vec<String>,
    /// The update file.
    pub list: Vec<String>,
}

/// A package in both versions.
#[derive(Debug)]
pub struct Pair {
    pub name: String,
    pub old: Option<Build>,
    pub new: Option<Build>,
}

impl Pair {
    /// The versions there are.
    pub fn builds(&mut self) -> impl Iterator<Item = &mut Build> {
        self.old.iter_mut().chain(self.new.iter_mut())
    }
}

/// Versions in order; some only dpkg knows how to compare.
const VERSIONS: [[&str; 2]; 7] = [
    ["1.0-1", "1.0-2"],
    ["1.0", "2.0"],
    ["2.0-1", "1:0.5-1"],
    ["1.0~rc1-1", "1.0-1"],
    ["1.0-1", "1.0-1+b1"],
    ["1:3.9-1+deb12u9", "1:3.9-1+deb12u10"],
    ["0.9", "0.9+really1.0"],
];

/// The universe of a seed.
pub fn universe(seed: u64, native: &str) -> Universe {
    let mut dice = Dice::new(seed);
    let count = 5 + dice.below(7);
    let mut packages: Vec<Pair> = (0..count).map(|index| pair(&mut dice, seed, index, native)).collect();
    features::relate(&mut dice, &mut packages);
    features::move_files(&mut dice, &mut packages);
    for index in 0..packages.len() {
        features::add(&mut dice, &mut packages, index);
    }
    let installed = some(&mut dice, &packages, 70, |pair| pair.old.is_some());
    let mut universe = Universe { seed, packages, installed, admin: Vec::new(), list: Vec::new() };
    universe.admin = admin(&mut dice, &universe);
    universe.list = list(&mut dice, &universe);
    universe
}

fn pair(dice: &mut Dice, seed: u64, index: usize, native: &str) -> Pair {
    let letter = char::from(b'a' + u8::try_from(index).unwrap());
    let name = format!("uni{seed}-{letter}");
    let [old, new] = dice.pick(&VERSIONS);
    let mut build = |version: &str| {
        let mut build = Build::new(&name, version);
        build.architecture = dice.pick(&["all", native]).to_owned();
        build.file(&format!("usr/share/{name}/version"), version);
        build.file(&format!("usr/share/{name}/same"), "the same in both\n");
        build
    };
    let (old, new) = (build(old), build(new));
    let fate = dice.below(100);
    Pair { name, old: (fate >= 10).then_some(old), new: (fate < 95).then_some(new) }
}

fn some(dice: &mut Dice, packages: &[Pair], percent: usize, fits: impl Fn(&Pair) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for pair in packages.iter().filter(|pair| fits(pair)) {
        if dice.chance(percent) {
            names.push(pair.name.clone());
        }
    }
    names
}

fn admin(dice: &mut Dice, universe: &Universe) -> Vec<String> {
    let mut acts = Vec::new();
    for pair in universe.packages.iter().filter(|pair| universe.installed.contains(&pair.name)) {
        let Some(old) = &pair.old else { continue };
        for path in &old.conffiles {
            acts.extend(touch(dice, path));
        }
        if dice.chance(8) {
            let mode = dice.pick(&["0640", "2755", "0700"]);
            acts.push(format!("dpkg-statoverride --add --update root adm {mode} /usr/share/{}/version", pair.name));
        }
        if dice.chance(8) {
            acts.push(format!("dpkg-divert --local --rename --add /usr/share/{}/same", pair.name));
        }
        let name = &pair.name;
        acts.extend(dice.chance(25).then(|| format!("apt-mark -qq auto {name}")));
        let fate = dice.below(100);
        acts.extend((fate < 8).then(|| format!("dpkg --remove --force-depends {name}")));
        acts.extend((8..16).contains(&fate).then(|| format!("apt-mark -qq hold {name}")));
        acts.extend((16..18).contains(&fate).then(|| format!("echo {name} deinstall | dpkg --set-selections")));
    }
    acts
}

/// What an admin does to a conffile.
fn touch(dice: &mut Dice, path: &str) -> Option<String> {
    match dice.below(10) {
        0..=2 => Some(format!("echo '# mine' >> /{path}")),
        3 => Some(format!("rm -f /{path}")),
        4 => Some(format!("chmod 0600 /{path}")),
        5 => Some(format!("chown root:adm /{path}; echo '# both' >> /{path}")),
        6 => Some(format!("mv /{path} /{path}.real; ln -s /{path}.real /{path}")),
        _ => None,
    }
}

fn list(dice: &mut Dice, universe: &Universe) -> Vec<String> {
    let mut list = Vec::new();
    for pair in &universe.packages {
        let is_installed = universe.installed.contains(&pair.name);
        let is_held = universe.admin.iter().any(|act| act.ends_with(&format!("hold {}", pair.name)));
        let percent = match (is_installed, is_held) {
            (_, true) => 5,
            (true, _) => 60,
            (false, _) => 30,
        };
        if pair.new.is_some() && dice.chance(percent) {
            list.push(pair.name.clone());
        } else if is_installed && !is_held && dice.chance(12) {
            list.push(format!("{}-", pair.name));
        }
    }
    list
}

/// Whether a path is a plain file in this version.
pub fn is_file(build: &Build, path: &str) -> bool {
    matches!(build.files.get(path), Some(Content::Text(_)))
}
