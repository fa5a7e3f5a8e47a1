//! The real `framboised` on loopback, before a root side that the tests play.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a root side of a test answers few verbs")]

mod api;
mod client;
mod crowds;
mod events;
mod foreign_hosts;
mod process;
mod root_side;
mod seed_routes;
mod slow_clients;
mod staging;
