//! apt and dpkg: the only module that runs either, or understands their records.
//!
//! Their exit statuses prove nothing about packages: after each change the package state is read anew.

pub mod alternatives;
pub mod deb;
pub mod diversions;
pub mod dpkg;
mod failure;
pub mod gate;
mod index;
pub mod locks;
pub mod marks;
mod options;
mod policy;
pub mod query;
mod rehearsal;
mod repack;
mod run;
mod simulate;
mod source;
mod stall;
mod stanza;
mod status_fd;
mod uris;

pub use failure::failure_of;
pub use index::{Known, is_heard_of, known, refresh};
pub use policy::versions_in_archives;
pub use rehearsal::rehearse;
pub use repack::repack;
pub use run::{Direction, Gate, fetch, install};
pub use simulate::{Simulated, SimulatedPackage, simulate_install, simulate_upgrade};
pub use source::Source;
pub use uris::{Offer, offers, offers_there};
