//! The `framboise` command, run as people and scripts run it, against fake devices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's helpers stop the test")]

mod bench;
mod errors;
mod help;
mod json;
mod look;
mod order;
mod points;
mod terminal;
mod widths;
