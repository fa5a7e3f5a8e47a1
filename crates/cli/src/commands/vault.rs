//! `framboise vault`: what devices keep for their way back, and room made in it.

use super::Done;
use crate::arguments::{VaultArguments, VaultPrune, VaultVerb};
use crate::exit::Exit;
use crate::face::{BOLD, DIM, Face, YELLOW, styled};
use crate::problem::Problem;
use crate::show::json::Named;
use crate::table::fitted;
use crate::waiting::{Waiting, confirmed};
use crate::words::{and, bytes, count};
use framboise_core::order::ChangeKind;
use framboise_core::text::visible;
use framboise_core::vault::{KeptDeb, KeptPoint, VaultContents};
use framboise_fleet::desk::Desk;
use framboise_fleet::device::CallError;
use framboise_fleet::points::Vault;
use framboise_fleet::store::KnownDevice;
use serde_json::{Value, json};

/// Before what belongs to a device, and twice that before what belongs to its vault.
const INDENT: usize = 2;

pub async fn run(arguments: VaultArguments, desk: &Desk, face: &Face) -> Done {
    match arguments.verb {
        Some(VaultVerb::Prune(prune)) => self::prune(prune, desk, face).await,
        None => show(&desk.choose(&arguments.devices.choice()).await?, desk, face).await,
    }
}

async fn show(devices: &[KnownDevice], desk: &Desk, face: &Face) -> Done {
    let vaults = ask(devices, desk, face).await;
    face.json(&json!({ "devices": vaults.iter().map(object).collect::<Vec<_>>() }));
    for vault in &vaults {
        match &vault.result {
            Ok(contents) => show_one(&vault.device, contents, face),
            Err(error) => show_error(&vault.device, error, face),
        }
    }
    let reached = vaults.iter().filter(|vault| vault.result.is_ok()).count();
    Ok(Exit::of_counts(reached, vaults.len() - reached))
}

async fn ask(devices: &[KnownDevice], desk: &Desk, face: &Face) -> Vec<Vault> {
    Waiting::for_(face, format!("asking {}", count(devices.len(), "device"))).until(desk.vaults(devices)).await
}

fn show_one(device: &KnownDevice, contents: &VaultContents, face: &Face) {
    face.data(&format!(
        "{}  {} in {}; its budget is {}, {} are free on its disk",
        styled(device.name(), BOLD),
        bytes(contents.bytes()),
        count(contents.debs.len(), "package file"),
        bytes(contents.budget_bytes),
        bytes(contents.free_bytes),
    ));
    let unused = contents.without(&[]);
    let row_of = |point: &KeptPoint| {
        let alone = contents.without(&[point.id]).bytes - unused.bytes;
        let why = point.fixed.map(|why| format!("stays: {why}")).unwrap_or_default();
        let (all, own) = (bytes(contents.bytes_for(point.id)), format!("{} for it alone", bytes(alone)));
        [format!("restore point {}", point.id), all, own, why]
    };
    let rows: Vec<_> = contents.points.iter().map(row_of).collect();
    let mut lines = fitted(&rows, face.window().saturating_sub(INDENT), &[]).rows.concat();
    if !unused.debs.is_empty() {
        lines.push(format!(
            "{} in {} that no restore point needs",
            bytes(unused.bytes),
            count(unused.debs.len(), "package file")
        ));
    }
    lines.iter().for_each(|line| face.data(&format!("  {line}")));
    if face.is_verbose() {
        let rows: Vec<_> = contents.debs.iter().map(row).collect();
        let rows = fitted(&rows, face.window().saturating_sub(2 * INDENT), &[]).rows;
        rows.iter().flatten().for_each(|line| face.data(&format!("    {line}")));
    }
}

fn row(deb: &KeptDeb) -> [String; 5] {
    let points: Vec<String> = deb.points.iter().map(ToString::to_string).collect();
    let needed = if points.is_empty() { "for no restore point".to_owned() } else { format!("for {}", and(&points)) };
    let notes = [(deb.rebuilt, "rebuilt"), (deb.staged, "handed over")];
    let notes: Vec<&str> = notes.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect();
    [visible(&deb.package.to_string()), deb.version.to_string(), bytes(deb.bytes), needed, notes.join(", ")]
}

fn show_error(device: &KnownDevice, error: &CallError, face: &Face) {
    face.data(&format!("{}  {}", styled(device.name(), BOLD), styled(&visible(&error.reason()), YELLOW)));
    face.talk(&styled(&format!("    {}", error.next_step()), DIM));
}

fn object(vault: &Vault) -> Value {
    let device = Named::of(&vault.device);
    match &vault.result {
        Ok(contents) => json!({ "device": device, "bytes": contents.bytes(), "vault": contents }),
        Err(error) => problem(&vault.device, &error.reason(), &error.next_step()),
    }
}

fn problem(device: &KnownDevice, reason: &str, next_step: &str) -> Value {
    json!({ "device": Named::of(device), "problem": { "reason": reason, "next_step": next_step } })
}

async fn prune(arguments: VaultPrune, desk: &Desk, face: &Face) -> Done {
    let devices = desk.choose(&arguments.devices.choice()?).await?;
    let vaults = ask(&devices, desk, face).await;
    let free_bytes = arguments.free.unwrap_or(0);
    let points: usize = vaults
        .iter()
        .filter_map(|vault| vault.result.as_ref().ok())
        .map(|contents| contents.pruned(free_bytes).points.len())
        .sum();
    // What no restore point needs is nobody's loss.
    if points > 0 && !arguments.yes && !ask_to_prune(&vaults, free_bytes, points, face).await? {
        face.talk("Nothing was freed.");
        return Ok(Exit::NothingDone);
    }
    let (mut objects, mut good) = (Vec::new(), 0);
    for vault in &vaults {
        let pruned = prune_one(vault, free_bytes, desk).await;
        good += usize::from(pruned.as_ref().is_ok_and(|freed| *freed >= free_bytes));
        let most = vault.result.as_ref().map_or(0, VaultContents::prunable_bytes);
        objects.push(told(&vault.device, pruned, (free_bytes, most), face));
    }
    face.json(&json!({ "devices": objects }));
    Ok(Exit::of_counts(good, vaults.len() - good))
}

async fn ask_to_prune(vaults: &[Vault], free_bytes: u64, points: usize, face: &Face) -> Result<bool, Problem> {
    for vault in vaults {
        let Ok(contents) = &vault.result else { continue };
        let pruned = contents.pruned(free_bytes);
        if !pruned.points.is_empty() {
            let ids = and(&pruned.points.iter().map(ToString::to_string).collect::<Vec<_>>());
            let noun = if pruned.points.len() == 1 { "point" } else { "points" };
            let name = vault.device.name();
            face.talk(&format!(
                "{name} could not go back to restore {noun} {ids} any more; {} would get free",
                bytes(pruned.bytes)
            ));
        }
    }
    confirmed(&format!("Delete {}?", count(points, "restore point")), "free without asking: add --yes").await
}

/// The bytes that got free.
async fn prune_one(vault: &Vault, free_bytes: u64, desk: &Desk) -> Result<u64, Problem> {
    let before = vault.result.clone()?;
    desk.change(&vault.device, None, ChangeKind::Prune { free_bytes }).await?;
    let after = desk.device(&vault.device).vault().await?;
    Ok(before.bytes().saturating_sub(after.bytes()))
}

fn told(device: &KnownDevice, pruned: Result<u64, Problem>, (free_bytes, most): (u64, u64), face: &Face) -> Value {
    match pruned {
        Ok(freed) => {
            let short = if freed < free_bytes {
                let (most, name) = (bytes(most), device.name());
                format!(
                    ": no more than {most} may go, so no restore point went; framboise vault {name} says what stays"
                )
            } else {
                String::new()
            };
            face.data(&format!("{}: {} freed{short}", device.name(), bytes(freed)));
            json!({ "device": Named::of(device), "freed_bytes": freed })
        }
        Err(error) => {
            let next_step = error.next_step.clone().unwrap_or_default();
            face.data(&format!("{}: {}", device.name(), styled(&visible(&error.message), YELLOW)));
            face.talk(&styled(&format!("    {next_step}"), DIM));
            problem(device, &error.message, &next_step)
        }
    }
}
