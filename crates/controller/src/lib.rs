//! What the desktop app does, without a window: it takes [`Command`]s, and tells [`Notice`]s, which a window draws.
//!
//! Everything that an operator sees is in a view (JSON, for QML) or in a row of the table. Views carry codes and numbers
//! where the window has the words, and sentences in the operator's language where they follow from what devices tell.

mod command;
mod controller;
mod device;
mod panel;
mod planning;
mod scanning;
mod settings;
mod start;
mod state;
mod table;
mod update_file;
mod views;
pub mod words;
mod work;

pub use command::{Column, Command, Theme};
pub use controller::{Controller, Notice};
pub use framboise_fleet::limits::allow_many_connections;
pub use settings::Settings;
pub use start::start;
pub use table::{Row, RowChange, RowKind};
pub use words::Language;
