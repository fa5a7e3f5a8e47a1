//! How a transaction ended.

use crate::cause::Failure;
use crate::digest::Digest;
use crate::ids::RestorePointId;
use crate::plan::Lock;
use crate::transaction::State;
use serde::{Deserialize, Serialize};

/// The end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// A final state.
    pub state: State,
    /// Why it did not succeed; none when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What was changed, or would have been.
    #[serde(default)]
    pub lock: Lock,
    /// The restore point that the device now stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_point: Option<RestorePointId>,
    /// The digest of the package state after it; none when it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_digest: Option<Digest>,
    /// How many packages were compared, field by field, at the end.
    #[serde(default)]
    pub compared: u32,
    /// What a person should know besides: files they changed that stayed, fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl Outcome {
    /// Whether what was ordered is done.
    pub fn is_success(&self) -> bool {
        self.state == State::Committed
    }

    /// Whether there was nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.is_success() && self.lock.entries.is_empty()
    }
}
