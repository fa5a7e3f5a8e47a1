//! `framboise rollback`: these devices back to a restore point.

use super::{Done, order};
use crate::arguments::{RollbackArguments, Said};
use crate::face::Face;
use framboise_fleet::desk::Desk;
use framboise_fleet::plan::Wanted;
use framboise_fleet::run::Terms;

pub async fn run(arguments: RollbackArguments, desk: &Desk, face: &Face) -> Done {
    let devices = desk.choose(&arguments.devices.choice()?).await?;
    let terms = Terms { reboot: arguments.reboot.policy(), ..Terms::rollback(arguments.start.accept_no_way_back) };
    let start = (arguments.start, &Said::from(&arguments));
    order::run(&devices, Wanted::Rollback { to: arguments.to.as_ref() }, &terms, start, desk, face).await
}
