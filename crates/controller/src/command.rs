//! What an operator can do.

use crate::words::Language;
use serde::{Deserialize, Serialize};

/// One thing that an operator does, as the window sends it: `{"do": "sort", "column": "name"}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Command {
    /// Looks for devices on this computer's networks; on others when they are named, separated by spaces.
    Scan {
        /// Such as `192.168.1.0/24`.
        #[serde(default)]
        networks: String,
    },
    /// Ends the scan; what was found stays.
    StopScan,
    /// Asks all devices how they are.
    Refresh,
    /// A press on a row: selects it alone; with `ctrl` it and the others, with `shift` all from the last one pressed.
    Press {
        /// Its key: the table may be in another order by the time that this is heard.
        key: String,
        /// Ctrl, or its check box.
        #[serde(default)]
        ctrl: bool,
        /// Shift.
        #[serde(default)]
        shift: bool,
    },
    /// Selects this device alone.
    Only {
        /// Its key.
        key: String,
    },
    /// Selects all that the table shows.
    SelectAll,
    /// Selects all of a state.
    SelectGroup {
        /// Its code.
        group: String,
    },
    /// Selects none.
    SelectNone,
    /// Shows what bears this in its name or address.
    Search {
        /// Nothing for all.
        text: String,
    },
    /// Shows what is in this state.
    Filter {
        /// Nothing for all.
        state: String,
    },
    /// Sorts; once more turns it round.
    Sort {
        /// By what.
        column: Column,
    },
    /// Shows or hides a group's devices.
    Fold {
        /// Its code.
        group: String,
    },
    /// Reads an update file: a path, a `file:` address, or an http(s) one. A relative path is meant from where the app was
    /// started.
    OpenFile {
        /// Which.
        from: String,
    },
    /// Takes a typed list for the update file.
    TypeFile {
        /// One package a line.
        text: String,
    },
    /// No update file any more.
    ClearFile,
    /// Plans the update on what is selected.
    PlanUpdate,
    /// Plans the way back on what is selected.
    PlanRollback {
        /// To this restore point of the one device; before the last order when none is named.
        #[serde(default)]
        to: Option<u32>,
    },
    /// Whether devices that could not return all the way are included.
    IncludeHeld {
        /// Whether.
        include: bool,
    },
    /// Closes the plan; nothing is ordered.
    CancelPlan,
    /// Orders what the plan shows.
    Start {
        /// Which plan that was; another one that came meanwhile is not ordered.
        plan: u64,
    },
    /// Stops watching: devices that have an order finish it by themselves.
    Stop,
    /// Takes the summary of the last run away.
    CloseSummary,
    /// Compares two moments of the device in the panel; 0 is now.
    Diff {
        /// From this restore point.
        from: u32,
        /// To this one.
        to: u32,
    },
    /// Hides the comparison.
    CloseDiff,
    /// Takes what is selected off the list.
    Forget,
    /// Puts what was forgotten last back.
    Unforget,
    /// Shows the operator's key.
    ShowKey,
    /// Speaks this language.
    Speak {
        /// Which.
        language: Language,
    },
    /// Light or dark.
    Paint {
        /// Which.
        theme: Theme,
    },
    /// Keeps the window's place and size.
    KeepWindow {
        /// x, y, width, height in pixels.
        geometry: [i32; 4],
    },
}

/// A column that can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// By how they are: what needs a person first.
    State,
    /// As people sort names.
    #[default]
    Name,
    /// By board, then system.
    Model,
    /// By when something was done last, newest first.
    Change,
    /// By the number of restore points.
    Way,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}
