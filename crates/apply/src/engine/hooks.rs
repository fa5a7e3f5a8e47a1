//! The device owner's own scripts, in `/etc/framboise/hooks`: `update_script.sh` before and after an update,
//! `rollback_script.sh` after a rollback. They get one argument, `before` or `after`.

use super::{Run, checks};
use crate::command::Program;
use crate::fault::{Result, fault};
use crate::journal::Work;
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;
use framboise_core::text::last_lines;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How long a script may take, in seconds. It is no package's script: it may be stopped.
const PATIENCE_SECONDS: &str = "600";

/// Which script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Before and after an update.
    Update,
    /// After a rollback.
    Rollback,
}

impl Run<'_> {
    /// Runs a script, if root has put one there and the update file does not leave it out.
    ///
    /// # Errors
    /// [`Cause::CheckFailed`] when it ends with another status than 0.
    pub(super) fn run_hook(&self, hook: Hook, phase: &str) -> Result<()> {
        let name = match hook {
            Hook::Update => "update_script.sh",
            Hook::Rollback => "rollback_script.sh",
        };
        let script = self.device.paths.hooks().join(name);
        if !self.wants_hooks() || !script.exists() {
            return Ok(());
        }
        check_owner(&self.device.paths.hooks())?;
        check_owner(&script)?;
        self.log.tell(EventKind::Line { text: format!("{name} {phase}") });
        let program = Program::new("timeout").args(["--kill-after=5", PATIENCE_SECONDS]).arg(&script).arg(phase);
        checks::succeed(program).map_err(|words| {
            let check = format!("{name} {phase}");
            Failure::new(Cause::CheckFailed { check }, last_lines(&words, checks::DETAIL_LINES))
        })
    }

    fn wants_hooks(&self) -> bool {
        match &self.journal.ticket.work {
            Work::Order { order, .. } => order.hooks.run,
            Work::SeedUpdate { .. } | Work::SeedRollback { .. } => true,
        }
    }
}

/// Root runs what only root may write, and put there.
fn check_owner(path: &Path) -> Result<()> {
    let doing = format!("run what is at {}", path.display());
    let metadata = std::fs::metadata(path).map_err(|error| fault(doing.clone(), error.to_string()))?;
    if metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(fault(doing, "it is not root's, or others may write it"))
}
