//! The real thing, from outside: simulated Pis with real apt and dpkg, the project's .deb, `curl` and `framboise` at the
//! operator's desk.
//!
//! Nothing here looks into Framboise. A test asks over the network, as an operator would, and then compares what dpkg,
//! apt, systemd and the file system of the device say before and after. Each test has a lab of its own; it needs root and
//! a built .deb (`./dev test` builds it, `./dev deb` alone does too).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

#[macro_use]
mod suites;

mod answer;
mod desk;
mod pi;
mod sealed_plan;
#[allow(dead_code, reason = "shared with the tests of power cuts, which use all of it")]
mod snapshot;
mod swap;

mod archive;
mod bad_lists;
mod bad_requests;
mod besides;
mod boot_partition;
mod careless;
mod checks;
mod comparison;
mod conffiles;
mod debian;
mod depot;
mod failing;
mod failing_card;
mod faults;
mod hanging;
mod hooks;
mod interrupted_orders;
mod itself;
mod left;
mod meanwhile;
mod order_refusals;
mod orders;
mod points;
mod power;
mod restart;
mod rollback;
mod room;
mod round_trips;
mod seed_routes;
mod strangers;
mod trouble;
mod unattended;
mod unkept;
mod vault;
