//! Who may order what: sealed messages, operators, and the guard against replay.

mod guard;
mod operators;
mod seal;

pub use guard::{AHEAD_MAX, Guard, admit, check_time};
pub use operators::{Operator, Operators, OperatorsError};
pub use seal::{SealError, Sealed, Verified, public_key_text, seal, unverified_payload};
