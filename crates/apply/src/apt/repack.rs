//! dpkg-repack(1): a .deb out of installed files, the last source of a way back.

use super::dpkg::DpkgName;
use crate::command::Program;
use crate::fault::Result;
use framboise_core::text::last_lines;
use std::path::Path;

/// Rebuilds a package's .deb in `directory`; what dpkg-repack said. Whether it made one is to be looked for.
///
/// # Errors
/// When it cannot be run.
pub fn repack(name: &DpkgName, directory: &Path) -> Result<String> {
    let ended = Program::new("dpkg-repack").arg(name.as_str()).within(directory).run()?;
    Ok(last_lines(&ended.words, 4))
}
