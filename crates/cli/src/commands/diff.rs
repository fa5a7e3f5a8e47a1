//! `framboise diff`: what changed on a device between two moments.

use super::{Done, one};
use crate::arguments::DiffArguments;
use crate::exit::Exit;
use crate::face::{BOLD, Face, styled};
use crate::show::json::{self, Named};
use crate::waiting::Waiting;
use crate::words::count;
use framboise_core::text::visible;
use framboise_fleet::desk::Desk;
use framboise_fleet::inspect::Moment;

pub async fn run(arguments: DiffArguments, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, &arguments.device).await?;
    let waiting = Waiting::for_(face, format!("reading the state of {}", device.name()));
    let (from, diff) = waiting.until(desk.diff(&device, arguments.from, arguments.to.clone())).await?;
    let lines = diff.lines();
    face.json(&serde_json::json!({
        "device": Named::of(&device), "from": json::moment(&from), "to": json::moment(&arguments.to),
        "lines": lines, "packages": diff.packages, "files": diff.files,
    }));
    let what = if lines.is_empty() { "no difference".to_owned() } else { count(lines.len(), "difference") };
    let sentence = format!("{}: {what} from {} to {}", device.name(), words(&from), words(&arguments.to));
    face.data(&styled(&sentence, BOLD));
    for line in &lines {
        face.data(&format!("  {}", visible(line)));
    }
    Ok(Exit::AllDone)
}

fn words(moment: &Moment) -> String {
    match moment {
        Moment::Now => "now".to_owned(),
        Moment::Point(id) => format!("restore point {id}"),
    }
}
