//! What the window remembers from one start to the next.

use crate::command::Theme;
use crate::words::Language;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The choices, and where they are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// None: as the system speaks.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Theme,
    /// The window's x, y, width, height in pixels.
    pub geometry: Option<[i32; 4]>,
    #[serde(skip)]
    path: PathBuf,
}

impl Settings {
    /// Those of this directory; what is not there, or not understood, is as at the first start.
    pub fn load(directory: &Path) -> Self {
        let path = directory.join("desktop.json");
        let kept = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Settings { path, ..kept.unwrap_or_default() }
    }

    /// The language to speak: the chosen one, else the locale's.
    pub fn spoken(&self) -> Language {
        let locale = || {
            let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            Language::of_locale(&set.unwrap_or_default())
        };
        self.language.unwrap_or_else(locale)
    }

    /// Keeps them. A disk that takes no file costs the choices, not the work.
    pub(crate) fn keep(&self) {
        let Ok(text) = serde_json::to_string_pretty(self) else { return };
        let fresh = self.path.with_extension("json.new");
        if std::fs::write(&fresh, text).is_ok() {
            let _ = std::fs::rename(&fresh, &self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_and_nonsense_is_a_first_start() {
        let directory = tempfile::tempdir().unwrap();
        let mut settings = Settings::load(directory.path());
        assert_eq!(settings.geometry, None);
        settings.theme = Theme::Dark;
        settings.geometry = Some([1, 2, 300, 400]);
        settings.keep();
        assert_eq!(Settings::load(directory.path()), settings);
        std::fs::write(directory.path().join("desktop.json"), "{nonsense").unwrap();
        assert_eq!(Settings::load(directory.path()).theme, Theme::System);
    }
}
