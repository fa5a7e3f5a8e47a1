//! Drives a fleet of devices: finds them, plans, orders, watches, and keeps what the desk knows.
//!
//! It has no face: the CLI and the desktop app call it and show the events that it tells.

pub mod choose;
pub mod depot;
pub mod describe;
pub mod desk;
pub mod device;
pub mod discovery;
#[cfg(feature = "fake")]
pub mod fake;
pub mod home;
mod identity;
pub mod inspect;
pub mod keys;
pub mod limits;
pub mod names;
pub mod plan;
pub mod points;
mod reason;
pub mod receipts;
pub mod run;
pub mod source;
pub mod store;
mod tls;

pub use desk::Desk;
pub use framboise_core as core;
