//! What passes between the pieces: HTTP between desk and agent, a Unix socket between agent and root side.

pub mod http;
pub mod socket;
