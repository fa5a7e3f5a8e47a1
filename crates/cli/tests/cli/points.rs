//! Restore points and the vault: looked at, named, pinned, deleted, let go.

use crate::bench::Bench;
use crate::look::with_points;
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::vault::{Fixed, KeptDeb, KeptPoint, VaultContents};
use framboise_fleet::fake::Script;
use serde_json::Value;

/// Three points, of which the first and the second may not be told apart by what they need alone.
pub fn kiosk(name: &str) -> Script {
    let deb = |name: &str, version: &str, bytes: u64, points: &[u32]| KeptDeb {
        package: format!("{name}:arm64").parse().unwrap(),
        version: version.parse().unwrap(),
        bytes,
        sha256: Digest::of(format!("{name}{version}").as_bytes()),
        rebuilt: false,
        staged: false,
        points: points.iter().map(|id| RestorePointId(*id)).collect(),
    };
    let kept = |id: u32, fixed: Option<Fixed>| KeptPoint { id: RestorePointId(id), fixed };
    let mut script = with_points(name);
    script.points[0].missing_debs = 0;
    script.vault = VaultContents {
        debs: vec![
            deb("hello", "0.9", 14_200_000, &[1]),
            deb("hello", "1.0", 14_300_000, &[2, 3]),
            deb("nano", "7.2", 700_000, &[1, 2]),
            deb("tree", "2.1", 50_000, &[]),
        ],
        points: vec![kept(1, None), kept(2, Some(Fixed::WayBack)), kept(3, Some(Fixed::StandsOn))],
        ..script.vault
    };
    script
}

fn told(bench: &Bench, commands: &[&[&str]]) -> String {
    let told = |words: &&[&str]| format!("$ framboise {}\n{}\n", words.join(" "), bench.run(words));
    commands.iter().map(told).collect()
}

#[test]
fn points_are_looked_at_and_changed() {
    let bench = Bench::with(vec![kiosk("kiosk-1")]);
    insta::assert_snapshot!(
        "points",
        told(
            &bench,
            &[
                &["point", "show", "kiosk-1", "1"],
                &["point", "name", "kiosk-1", "1", "before the fair"],
                &["point", "pin", "kiosk-1", "before the fair"],
                &["history", "kiosk-1"],
                &["point", "show", "kiosk-1", "before the fair"],
                &["diff", "kiosk-1", "before the fair", "2"],
                &["point", "unpin", "kiosk-1", "1"],
                &["point", "name", "kiosk-1", "1", ""],
                &["point", "pin", "kiosk-1", "before the fair"],
                &["point", "pin", "kiosk-1", "9"],
            ]
        )
    );
}

#[test]
fn deleting_is_asked_and_what_is_needed_stays() {
    let bench = Bench::with(vec![kiosk("kiosk-1")]);
    insta::assert_snapshot!(
        "deleting",
        told(
            &bench,
            &[
                &["point", "delete", "kiosk-1", "1"],
                &["point", "delete", "kiosk-1", "3", "--yes"],
                &["point", "delete", "kiosk-1", "1", "2", "--yes"],
                &["history", "kiosk-1"],
            ]
        )
    );
}

#[test]
fn a_vault_is_shown_and_pruned() {
    let bench = Bench::with(vec![kiosk("kiosk-1"), kiosk("kiosk-2")]);
    insta::assert_snapshot!(
        "vault",
        told(
            &bench,
            &[
                &["vault", "kiosk-1", "--verbose"],
                &["vault", "prune", "kiosk-1"],
                &["vault", "prune", "kiosk-1", "--free", "10M"],
                &["vault", "prune", "kiosk-1", "--free", "10M", "--yes"],
                &["vault", "prune", "kiosk-1", "--free", "10M", "--yes"],
                &["vault", "prune", "--free", "10M"],
                &["vault", "prune", "kiosk-2", "--free", "a lot"],
                &["vault"],
            ]
        )
    );
    bench.devices[0].set_power(false);
    let left = bench.run(&["vault", "--json"]);
    assert_eq!(left.exit, 3, "{left}");
    let object: Value = serde_json::from_str(&left.stdout).unwrap();
    assert_eq!(object["devices"][1]["bytes"], 29_250_000, "{left}");
    assert!(object["devices"][0]["problem"]["next_step"].as_str().unwrap().len() > 10, "{left}");
}

#[test]
fn a_rollback_leads_to_a_named_point_on_each_device() {
    let bench = Bench::with(vec![kiosk("kiosk-1"), kiosk("kiosk-2")]);
    assert_eq!(bench.run(&["point", "name", "kiosk-1", "1", "fair"]).exit, 0);
    let left = bench.run(&["plan", "--rollback", "--all", "--to", "fair"]);
    assert_eq!(left.exit, 3, "{left}");
    assert!(left.stdout.contains("no restore point is called fair"), "{left}");
    assert_eq!(bench.run(&["point", "name", "kiosk-2", "2", "fair"]).exit, 0);
    assert_eq!(bench.run(&["plan", "--rollback", "--all", "--to", "fair"]).exit, 0);
    let asked: Vec<String> = bench.devices.iter().map(|device| device.planned_texts().pop().unwrap()).collect();
    assert_eq!(asked, ["rollback Some(RestorePointId(1))", "rollback Some(RestorePointId(2))"]);
}
