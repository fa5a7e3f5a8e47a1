//! What packages of a universe do to each other, to `/etc`, and to dpkg's own records.

use super::dice::Dice;
use super::generate::{Pair, is_file};
use crate::build::{Build, Content};

/// Dependencies, conflicts and provided names.
pub fn relate(dice: &mut Dice, packages: &mut [Pair]) {
    for index in 1..packages.len() {
        let other = dice.below(index);
        let (before, rest) = packages.split_at_mut(index);
        let (other, pair) = (&before[other], &mut rest[0]);
        depend(dice, pair, other);
        if dice.chance(12) {
            oust(dice, pair, other);
        }
        if dice.chance(20) {
            let virtual_name = format!("{}-virtual", other.name);
            pair.builds().for_each(|build| build.relate("Provides", virtual_name.clone()));
        }
    }
}

fn depend(dice: &mut Dice, pair: &mut Pair, other: &Pair) {
    let field = dice.pick(&["Depends", "Depends", "Depends", "Pre-Depends", "Recommends", "Suggests"]);
    if let (Some(build), Some(target)) = (&mut pair.old, &other.old)
        && dice.chance(30)
    {
        let bound = format!("{} (<= {})", other.name, target.version);
        build.relate(field, if dice.chance(20) { bound } else { other.name.clone() });
    }
    if let (Some(build), Some(target)) = (&mut pair.new, &other.new)
        && dice.chance(45)
    {
        let strict = format!("{} (>= {})", other.name, target.version);
        let exact = format!("{} (= {})", other.name, target.version);
        build.relate(field, dice.pick(&[&strict, &strict, &exact, &other.name]).clone());
    }
}

/// The newer version replaces another package, or what that was.
fn oust(dice: &mut Dice, pair: &mut Pair, other: &Pair) {
    let Some(build) = &mut pair.new else { return };
    let whom = match &other.new {
        Some(new) if dice.chance(60) => format!("{} (<< {})", other.name, new.version),
        _ => other.name.clone(),
    };
    build.relate(dice.pick(&["Conflicts", "Breaks"]), whom.clone());
    build.relate("Replaces", whom);
}

/// Files and conffiles that the newer version of one package takes over from the older one of another.
pub fn move_files(dice: &mut Dice, packages: &mut [Pair]) {
    for from in 0..packages.len() {
        if !dice.chance(35) {
            continue;
        }
        let to = dice.below(packages.len());
        if to == from {
            continue;
        }
        let is_conffile = dice.chance(30);
        let name = packages[from].name.clone();
        let path = if is_conffile { format!("etc/{name}-moved.conf") } else { format!("usr/share/{name}/moved") };
        let add = |build: &mut Build| {
            let text = format!("shipped by {} {}\n", build.name, build.version);
            if is_conffile { build.conffile(&path, text) } else { build.file(&path, text) }
        };
        let Some(bound) = packages[from].new.as_ref().map(|new| format!("{name} (<< {})", new.version)) else {
            continue;
        };
        let Some(taker) = &mut packages[to].new else { continue };
        add(taker);
        taker.relate("Replaces", bound.clone());
        taker.relate("Breaks", bound);
        packages[from].old.as_mut().into_iter().for_each(add);
    }
}

/// What a package does for itself.
pub fn add(dice: &mut Dice, packages: &mut [Pair], index: usize) {
    let other = format!("usr/share/{}/version", packages[dice.below(packages.len())].name);
    let pair = &mut packages[index];
    conffiles(dice, pair);
    if dice.chance(20) {
        change_type(dice, pair);
    }
    if dice.chance(25) {
        for build in pair.builds() {
            if dice.chance(70) {
                alternative(dice, build);
            }
        }
    }
    let Some(new) = &mut pair.new else { return };
    if dice.chance(15) && !new.files.contains_key(&other) {
        divert(new, &other);
    }
    if dice.chance(15) {
        override_mode(new);
    }
    if dice.chance(25) {
        generate_settings(dice, new);
    }
    if dice.chance(10) {
        new.triggers = format!("interest-noawait /usr/share/{}\n", new.name);
        new.script("postinst", "if [ \"$1\" = triggered ]; then echo triggered; fi".into());
    }
    if dice.chance(5) {
        new.relate("Multi-Arch", if new.architecture == "all" { "foreign" } else { "same" }.into());
    }
}

fn conffiles(dice: &mut Dice, pair: &mut Pair) {
    for number in 0..dice.below(3) {
        let path = format!("etc/{}/{number}.conf", pair.name);
        let fate = dice.below(100);
        let moved = format!("etc/{}/renamed-{number}.conf", pair.name);
        if let Some(old) = pair.old.as_mut().filter(|_| fate >= 15) {
            old.conffile(&path, format!("older {number}\n"));
        }
        let Some(new) = &mut pair.new else { continue };
        match fate {
            0..15 | 30..60 => new.conffile(&path, format!("newer {number}\n")),
            15..30 => new.conffile(&path, format!("older {number}\n")),
            60..70 => {}
            70..80 => help(new, &format!("rm_conffile /{path}")),
            80..90 => {
                new.conffile(&moved, format!("newer {number}\n"));
                help(new, &format!("mv_conffile /{path} /{moved}"));
            }
            // No conffile any more, but made by a script, as with ucf.
            _ => new.script("postinst", format!("mkdir -p /etc/{}; echo made > /{path}", new.name)),
        }
    }
}

/// As dh_installdeb writes it.
fn help(build: &mut Build, what: &str) {
    for script in ["preinst", "postinst", "postrm"] {
        build.script(script, format!("dpkg-maintscript-helper {what} {}~ -- \"$@\"", build.version));
    }
}

/// A file becomes a link or a folder with a file in it, or the other way round.
fn change_type(dice: &mut Dice, pair: &mut Pair) {
    let path = format!("usr/share/{}/thing", pair.name);
    let set = |build: &mut Build, kind: usize| match kind {
        0 => build.file(&path, "a file\n"),
        1 => drop(build.files.insert(path.clone(), Content::Link("version".into()))),
        _ => build.file(&format!("{path}/inside"), "in a folder\n"),
    };
    // A folder that becomes a link needs help of the maintainer's scripts; dpkg leaves it alone.
    let (old, new) = dice.pick(&[(0, 1), (1, 0), (0, 2), (0, 0)]);
    pair.old.as_mut().into_iter().for_each(|build| set(build, old));
    pair.new.as_mut().into_iter().for_each(|build| set(build, new));
}

fn alternative(dice: &mut Dice, build: &mut Build) {
    let family = build.name.split('-').next().unwrap().to_owned();
    let tool = format!("usr/share/{}/tool", build.name);
    let priority = 10 + dice.below(50);
    build.file(&tool, "#!/bin/sh\n");
    build.script(
        "postinst",
        format!("[ \"$1\" != configure ] || update-alternatives --quiet --install /usr/bin/{family}-tool {family}-tool /{tool} {priority}"),
    );
    build.script(
        "prerm",
        format!("case $1 in remove|deconfigure) update-alternatives --quiet --remove {family}-tool /{tool};; esac"),
    );
}

/// As Debian's policy shows it (appendix G).
fn divert(build: &mut Build, path: &str) {
    let divert = format!("dpkg-divert --package {} --rename --quiet --divert /{path}.distrib", build.name);
    build.script("preinst", format!("case $1 in install|upgrade) {divert} --add /{path};; esac"));
    build.script("postrm", format!("case $1 in remove|abort-install|disappear) {divert} --remove /{path};; esac"));
    build.file(path, format!("diverted by {}\n", build.name));
}

fn override_mode(build: &mut Build) {
    let path = format!("usr/share/{}/same", build.name);
    if !is_file(build, &path) {
        return;
    }
    build.script(
        "postinst",
        format!("[ \"$1\" != configure ] || dpkg-statoverride --list /{path} >/dev/null || dpkg-statoverride --update --add root adm 0640 /{path}"),
    );
    build.script(
        "postrm",
        format!(
            "[ \"$1\" != purge ] || ! dpkg-statoverride --list /{path} >/dev/null || dpkg-statoverride --remove /{path}"
        ),
    );
}

/// Files under `/etc` that only scripts know of.
fn generate_settings(dice: &mut Dice, build: &mut Build) {
    let name = &build.name;
    let line = match dice.below(3) {
        0 => format!("mkdir -p /etc/{name}/made/deep; date > /etc/{name}/made/deep/file"),
        1 => format!("ln -sf /usr/share/{name}/version /etc/{name}-link"),
        _ => format!("[ -e /etc/{name}.made ] || {{ echo made > /etc/{name}.made; chmod 600 /etc/{name}.made; }}"),
    };
    build.script("postinst", line);
}
