//! Decides; others do.
//!
//! Pure: no I/O, no clock, no randomness, no async. What a function needs of the world is its argument, what it wants
//! done is its result. Every other crate of Framboise stands on this one and on none beside it.

pub mod cause;
pub mod debian;
pub mod diff;
pub mod digest;
pub mod etc;
pub mod event;
pub mod ids;
pub mod order;
pub mod outcome;
pub mod plan;
pub mod protocol;
pub mod receipt;
pub mod restore_point;
pub mod state;
pub mod text;
pub mod transaction;
pub mod trust;
pub mod update_file;
pub mod vault;
pub mod verdict;

pub use jiff::Timestamp;
