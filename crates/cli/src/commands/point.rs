//! `framboise point`: one restore point looked at, named, pinned, deleted.

use super::history::lacked;
use super::{Done, one};
use crate::arguments::{PointArguments, PointDelete, PointName, PointVerb};
use crate::exit::Exit;
use crate::face::{BOLD, DIM, Face, GREEN, YELLOW, styled};
use crate::problem::Problem;
use crate::show::json::Named;
use crate::waiting::{Waiting, confirmed};
use crate::words::{and, bytes, count, when};
use framboise_core::debian::PackageKey;
use framboise_core::ids::RestorePointId;
use framboise_core::order::ChangeKind;
use framboise_core::restore_point::RestorePoint;
use framboise_core::text::visible;
use framboise_fleet::desk::Desk;
use framboise_fleet::points::{Looked, PointWord};
use framboise_fleet::store::KnownDevice;
use serde_json::json;

pub async fn run(verb: PointVerb, desk: &Desk, face: &Face) -> Done {
    match verb {
        PointVerb::Show(arguments) => show(&arguments, desk, face).await,
        PointVerb::Name(PointName { point, name }) => {
            let what = if name.trim().is_empty() {
                "has no name any more".to_owned()
            } else {
                format!("is called {}", visible(name.trim()))
            };
            change(&point, ChangeKind::Name { name }, &what, desk, face).await
        }
        PointVerb::Pin(point) => change(&point, ChangeKind::Pin, "is kept whatever room it takes", desk, face).await,
        PointVerb::Unpin(point) => change(&point, ChangeKind::Unpin, "may go when room is needed", desk, face).await,
        PointVerb::Delete(arguments) => delete(arguments, desk, face).await,
    }
}

async fn show(arguments: &PointArguments, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, &arguments.device).await?;
    let waiting = Waiting::for_(face, format!("reading the state of {}", device.name()));
    let looked = waiting.until(desk.look(&device, &arguments.point)).await?;
    let Looked { point, diff, vault, lacking } = &looked;
    let (lines, kept) = (diff.lines(), vault.bytes_for(point.id));
    face.json(&json!({
        "device": Named::of(&device), "restore_point": point, "lines": lines, "packages": diff.packages,
        "files": diff.files, "vault_bytes": kept, "fixed": vault.fixed(point.id),
        "lacking": lacking,
    }));
    let called = point.name.as_deref().map(|name| format!(", {}", visible(name))).unwrap_or_default();
    face.data(&styled(&format!("Restore point {}{called} of {}", point.id, device.name()), BOLD));
    let stays = vault.fixed(point.id).map(|why| format!("; it stays: {why}")).unwrap_or_default();
    face.data(&format!("  {}, {}{stays}", when(point.recorded), count(point.packages as usize, "package")));
    show_way_back(point, lacking, kept, face);
    if lines.is_empty() {
        face.data("  nothing differs from it now");
        return Ok(Exit::AllDone);
    }
    face.data(&format!("  {} from it to now", count(lines.len(), "difference")));
    lines.iter().for_each(|line| face.data(&format!("    {}", visible(line))));
    let back = format!("Back to it: framboise rollback {} --to {}", device.name(), point.id);
    face.talk(&styled(&back, DIM));
    Ok(Exit::AllDone)
}

fn show_way_back(point: &RestorePoint, lacking: &[PackageKey], kept: u64, face: &Face) {
    let has = format!("the vault has {} for it", bytes(kept));
    if point.missing_debs == 0 {
        face.data(&format!("  {}; {has}", styled("the way back is complete", GREEN)));
    } else {
        face.data(&format!("  {}; {has}", styled(&format!("the vault lacks {}", lacked(point, lacking)), YELLOW)));
    }
}

async fn change(arguments: &PointArguments, what: ChangeKind, words: &str, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, &arguments.device).await?;
    let id = desk.device(&device).point(&arguments.point).await?;
    let waiting = Waiting::for_(face, format!("telling {}", device.name()));
    waiting.until(desk.change(&device, Some(id), what.clone())).await?;
    face.json(&json!({ "device": Named::of(&device), "restore_point": id, "change": what }));
    face.data(&format!("Restore point {id} of {} {words}.", device.name()));
    Ok(Exit::AllDone)
}

async fn delete(arguments: PointDelete, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, &arguments.device).await?;
    let ids = numbers(&device, &arguments.points, desk).await?;
    let vault = desk.device(&device).vault().await?;
    let freed = vault.without(&ids).bytes - vault.without(&[]).bytes;
    let points = and(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let noun = if ids.len() == 1 { "restore point" } else { "restore points" };
    let question = format!(
        "{} can't go back to {noun} {points} any more; {} get free.\nDelete {}?",
        device.name(),
        bytes(freed),
        count(ids.len(), "restore point")
    );
    if !arguments.yes && !confirmed(&question, "delete without asking: add --yes").await? {
        face.talk("Nothing was deleted.");
        return Ok(Exit::NothingDone);
    }
    delete_all(&device, &ids, desk, face).await?;
    let left = desk.device(&device).vault().await?;
    let freed = vault.bytes().saturating_sub(left.bytes());
    face.json(
        &json!({ "device": Named::of(&device), "deleted": ids, "freed_bytes": freed, "vault_bytes": left.bytes() }),
    );
    let went = count(ids.len(), "restore point");
    face.data(&format!("{went} of {} deleted, {} freed.", device.name(), bytes(freed)));
    Ok(Exit::AllDone)
}

/// One after the other; a refusal says which are gone already.
async fn delete_all(device: &KnownDevice, ids: &[RestorePointId], desk: &Desk, face: &Face) -> Result<(), Problem> {
    for (gone, id) in ids.iter().enumerate() {
        if let Err(error) = desk.change(device, Some(*id), ChangeKind::Delete).await {
            let exit = if gone == 0 { Exit::NothingDone } else { Exit::SomeFailed };
            if gone > 0 {
                face.talk(&format!("{} deleted before that", count(gone, "restore point")));
            }
            return Err(Problem { exit, ..Problem::from(error) });
        }
    }
    Ok(())
}

async fn numbers(device: &KnownDevice, words: &[PointWord], desk: &Desk) -> Result<Vec<RestorePointId>, Problem> {
    let mut ids = Vec::new();
    for word in words {
        let id = desk.device(device).point(word).await?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.sort();
    Ok(ids)
}
