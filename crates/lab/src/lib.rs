//! The lab: simulated Raspberry Pis with real Debian, real apt and systemd, for tests, benchmarks and the demo.
//!
//! See `README.md` for what a lab holds. [`Lab::open`] or [`Lab::temporary`] is the way in.

mod archive;
mod boot;
mod build;
mod cgroup;
pub mod cli;
mod command;
mod device;
mod disk;
mod error;
mod files;
mod guest;
mod host_apt;
mod inside;
mod kernel;
mod lab;
mod layers;
mod machine;
mod network;
mod prepare;
mod progress;
mod recorder;
mod roots;
mod store;
mod suite;
mod write_log;

pub use archive::{Archive, DebianArchive, Offered};
pub use command::Output;
pub use device::Device;
pub use disk::{check_image, copy_image, digests_in_image, make_image};
pub use error::{Error, Result};
pub use lab::{Lab, TemporaryLab, Up};
pub use machine::Machine;
pub use recorder::Recording;
pub use suite::Suite;
pub use write_log::WriteLog;
