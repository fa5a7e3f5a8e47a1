//! A device's package state: all that a rollback promises to bring back, and nothing else.

use crate::debian::{Architecture, PackageKey, Version};
use crate::digest::Digest;
use crate::text::FilePath;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The exact set a device has. Two states are equal when every field is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageState {
    /// Every package that dpkg knows, but for those that are merely known by name.
    pub packages: BTreeMap<PackageKey, PackageRecord>,
    /// Every conffile, everything under `/etc`, and dpkg's alternatives, diversions and statoverrides.
    pub files: BTreeMap<FilePath, FileRecord>,
}

/// What dpkg and apt record of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRecord {
    /// The architecture its control file names, `all` included.
    pub architecture: Architecture,
    /// The version installed, or the one whose conffiles are left.
    pub version: Version,
    /// How far dpkg got with it.
    pub status: DpkgStatus,
    /// Whether dpkg says that it must be unpacked again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reinstall_required: bool,
    /// What is wanted of it; `hold` is here.
    pub selection: Selection,
    /// Whether it was asked for, or came as a dependency.
    pub mark: Mark,
    /// The conffiles dpkg records for it, each with the shipped content's MD5 and flags, as dpkg writes them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conffiles: BTreeMap<FilePath, String>,
    /// The digest of its sorted list of files; none when dpkg keeps no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_list: Option<Digest>,
}

/// dpkg's status of a package (dpkg(1), "Package states").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DpkgStatus {
    /// Only its conffiles are left.
    ConfigFiles,
    /// Its installation began and did not end.
    HalfInstalled,
    /// Unpacked, not configured.
    Unpacked,
    /// Its configuration began and did not end.
    HalfConfigured,
    /// Waits for another package's triggers.
    TriggersAwaited,
    /// Its own triggers are still to run.
    TriggersPending,
    /// Installed.
    Installed,
}

/// dpkg's selection of a package (dpkg(1), "Package selection states").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// Nothing was said.
    Unknown,
    /// Wanted.
    Install,
    /// Wanted, and not to be changed.
    Hold,
    /// To be removed, conffiles kept.
    Deinstall,
    /// To be removed with its conffiles.
    Purge,
}

/// apt's mark of a package (apt-mark(8)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Came as a dependency.
    Auto,
    /// Asked for.
    Manual,
}

/// What stands at a path. An absent path has no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FileRecord {
    /// A regular file.
    File {
        /// Its content's digest.
        sha256: Digest,
        /// Permission bits, set-id and sticky included: 0 to 0o7777.
        mode: u32,
        /// The owner's numeric id.
        uid: u32,
        /// The group's numeric id.
        gid: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it points, as written.
        target: FilePath,
    },
    /// A directory.
    Directory {
        /// Permission bits, set-id and sticky included: 0 to 0o7777.
        mode: u32,
        /// The owner's numeric id.
        uid: u32,
        /// The group's numeric id.
        gid: u32,
    },
    /// A socket, pipe or device node, or what the disk cannot read any more: its presence is recorded, never restored.
    Special,
}

impl FileRecord {
    /// The digest of its content; none of what has none.
    pub fn content(&self) -> Option<Digest> {
        match self {
            FileRecord::File { sha256, .. } => Some(*sha256),
            FileRecord::Link { .. } | FileRecord::Directory { .. } | FileRecord::Special => None,
        }
    }
}

impl PackageRecord {
    /// Whether its files are all in place and it is configured.
    pub fn is_installed(&self) -> bool {
        self.status == DpkgStatus::Installed && !self.reinstall_required
    }

    /// The record without its conffiles and its list of files: another package may lawfully take a file over (Debian policy
    /// 7.6.1).
    #[must_use]
    pub fn without_files(&self) -> PackageRecord {
        PackageRecord { conffiles: BTreeMap::new(), file_list: None, ..self.clone() }
    }

    /// Whether dpkg left it between two states.
    pub fn is_broken(&self) -> bool {
        self.reinstall_required || !matches!(self.status, DpkgStatus::Installed | DpkgStatus::ConfigFiles)
    }
}

impl PackageState {
    /// The digest of every field.
    ///
    /// # Errors
    /// When the state cannot be written as JSON; it always can.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Digest::of_json(self)
    }

    /// The digest of what a plan stands on: each package's version, status and selection.
    pub fn base(&self) -> Digest {
        let lines: String = self
            .packages
            .iter()
            .map(|(key, record)| {
                let flag = if record.reinstall_required { "R" } else { "" };
                format!("{key} {} {:?}{flag} {:?}\n", record.version, record.status, record.selection)
            })
            .collect();
        Digest::of(lines.as_bytes())
    }

    /// The installed version of a package.
    pub fn installed_version(&self, key: &PackageKey) -> Option<&Version> {
        self.packages.get(key).filter(|record| record.is_installed()).map(|record| &record.version)
    }

    /// The packages that dpkg left between two states.
    pub fn broken(&self) -> BTreeSet<PackageKey> {
        self.packages.iter().filter(|(_, record)| record.is_broken()).map(|(key, _)| key.clone()).collect()
    }

    /// The text of `rollbackFile`: `name:architecture=version`, one installed package a line, sorted.
    pub fn rollback_file(&self) -> String {
        self.packages
            .iter()
            .filter(|(_, record)| record.is_installed())
            .map(|(key, record)| format!("{key}={}\n", record.version))
            .collect()
    }
}
