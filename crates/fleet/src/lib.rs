//! Drives a fleet of devices: finds them, plans, orders, watches, and keeps what the desk knows.
//!
//! It has no face: the CLI and the desktop app call it and show the events that it tells.

pub mod discovery;
pub mod home;
pub mod keys;
pub mod names;
pub mod store;
