//! `framboise update`: what an update file lists, on these devices.

use super::{Done, order, plan};
use crate::arguments::{Said, UpdateArguments};
use crate::face::Face;
use framboise_fleet::desk::Desk;
use framboise_fleet::plan::Wanted;
use framboise_fleet::run::Terms;

pub async fn run(arguments: UpdateArguments, desk: &Desk, face: &Face) -> Done {
    let devices = desk.choose(&arguments.devices.choice()?).await?;
    let file = plan::load(&arguments.file, desk, face).await?;
    let terms = Terms::of(&file.name, &file.file, arguments.start.accept_no_way_back);
    let start = (arguments.start, &Said::from(&arguments));
    order::run(&devices, Wanted::Update(&file), &terms, start, desk, face).await
}
