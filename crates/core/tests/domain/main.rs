//! What the domain promises: grammars, orders, digests, the machine, what travels, and who is trusted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod variants;

mod causes;
mod diffs;
mod etc_chains;
mod etc_files;
mod fixtures;
mod forward;
mod grammar;
mod guards;
mod made;
mod nasty;
mod operators;
mod paths;
mod restore_points;
mod seals;
mod states;
mod transactions;
mod vaults;
mod verdicts;
mod versions;
mod versions_dpkg;
