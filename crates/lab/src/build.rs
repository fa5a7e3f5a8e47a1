//! Finds the project's own build products: the helper binary, the operator's CLI, the device's .deb.

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::files;

/// The folder of a build, `target/debug` for one.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    folder: PathBuf,
    helper: PathBuf,
}

impl Build {
    /// The build that this program belongs to, or the one that `FRAMBOISE_BIN_DIR` names.
    pub(crate) fn find() -> Result<Build> {
        let folder = match env::var_os("FRAMBOISE_BIN_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => folder_of(&env::current_exe().map_err(Error::kernel("find this program's file"))?),
        };
        let helper = folder.join("framboise-lab");
        if !helper.is_file() {
            return Err(Error::NotBuilt { what: "framboise-lab", path: helper, build: "cargo build -p framboise-lab" });
        }
        Ok(Build { folder, helper })
    }

    /// The `framboise-lab` binary, which becomes PID 1 of devices and serves the archive.
    pub(crate) fn helper(&self) -> &Path {
        &self.helper
    }

    /// Where `framboise` is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The operator's CLI.
    pub(crate) fn framboise(&self) -> Result<PathBuf> {
        let path = self.folder.join("framboise");
        if path.is_file() {
            return Ok(path);
        }
        Err(Error::NotBuilt { what: "framboise", path, build: "cargo build -p framboise-cli" })
    }

    /// The device's .deb: the newest one, or the one that `FRAMBOISE_DEB` names.
    pub(crate) fn deb(&self, arch: &str) -> Result<PathBuf> {
        let missing = |path| Error::NotBuilt { what: "the device's .deb", path, build: "./dev deb" };
        if let Some(path) = env::var_os("FRAMBOISE_DEB").map(PathBuf::from) {
            return if path.is_file() { Ok(path) } else { Err(missing(path)) };
        }
        let folder = self.folder.parent().unwrap_or(&self.folder).join("deb");
        let ending = format!("_{arch}.deb");
        let names = files::names(&folder)?;
        let debs = names.iter().filter(|name| name.starts_with("framboise_") && name.ends_with(&ending));
        let newest = debs.map(|name| folder.join(name)).max_by_key(|path| changed(path));
        newest.ok_or_else(|| missing(folder.join(format!("framboise_*{ending}"))))
    }
}

/// Test programs lie in `deps` or `examples` below the build's folder.
fn folder_of(program: &Path) -> PathBuf {
    let folder = program.parent().unwrap_or(Path::new("/"));
    match folder.file_name().and_then(|name| name.to_str()) {
        Some("deps" | "examples") => folder.parent().unwrap_or(folder).to_path_buf(),
        _ => folder.to_path_buf(),
    }
}

fn changed(path: &Path) -> SystemTime {
    let modified = path.metadata().and_then(|data| data.modified());
    modified.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_belongs_to_the_build_above_it() {
        assert_eq!(folder_of(Path::new("/t/debug/deps/x-1")), Path::new("/t/debug"));
        assert_eq!(folder_of(Path::new("/t/debug/framboise-lab")), Path::new("/t/debug"));
    }
}
