//! What can go wrong between desk and device, with the next step to take.

use framboise_core::cause::{Cause, Failure};
use std::net::SocketAddr;

/// A request to a device that came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// Nobody answers at its address.
    #[error("{device} is not reached at {address}: {reason}")]
    NotReached {
        /// Its name.
        device: String,
        /// Where it was.
        address: SocketAddr,
        /// Why, in the system's words.
        reason: String,
        /// Whether it may have heard what it was asked to do; of a look at events, which asks for nothing, false.
        may_have_heard: bool,
    },
    /// It said no.
    #[error("{device}: {failure}")]
    Refused {
        /// Its name.
        device: String,
        /// Why.
        failure: Box<Failure>,
    },
    /// Its address belongs to another device by now.
    #[error("{device} is not at {address} any more: another device answers there")]
    AnotherDevice {
        /// Its name.
        device: String,
        /// Where it was.
        address: SocketAddr,
    },
    /// It has no restore point of this name.
    #[error("{device} has no restore point called {name}", name = framboise_core::text::visible(name))]
    NoPoint {
        /// Its name.
        device: String,
        /// What was written.
        name: String,
    },
    /// What came back is none of the interface's answers.
    #[error("{device} answered at {address}, but not as this version of Framboise expects: {what}")]
    NotUnderstood {
        /// Its name.
        device: String,
        /// Where it is.
        address: SocketAddr,
        /// What came back.
        what: String,
    },
}

impl CallError {
    /// What to do now, in one sentence; `DEVICE` is filled in.
    pub fn next_step(&self) -> String {
        match self {
            CallError::NotReached { device, .. } => {
                format!("Is {device} powered on and in this network? If its address may have changed: framboise scan")
            }
            CallError::Refused { device, failure } => failure.next_step.replace("DEVICE", device),
            CallError::NoPoint { device, .. } => format!("See which there are: framboise history {device}"),
            CallError::AnotherDevice { .. } => "Find it again: framboise scan".to_owned(),
            CallError::NotUnderstood { .. } => {
                "See which program answers there, and update Framboise on both sides.".to_owned()
            }
        }
    }

    /// What the device said, when it was the device that said no.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            CallError::Refused { failure, .. } => Some(failure),
            CallError::NotReached { .. }
            | CallError::AnotherDevice { .. }
            | CallError::NoPoint { .. }
            | CallError::NotUnderstood { .. } => None,
        }
    }

    /// Whether the device itself was not spoken with.
    pub fn is_not_reached(&self) -> bool {
        matches!(self, CallError::NotReached { .. } | CallError::AnotherDevice { .. })
    }

    /// Whether asking again may help by itself: the network, or the device's root side, is away for a moment.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            CallError::NotReached { .. } => true,
            CallError::Refused { failure, .. } => matches!(failure.cause, Cause::RootSideUnreachable { .. }),
            CallError::AnotherDevice { .. } | CallError::NoPoint { .. } | CallError::NotUnderstood { .. } => false,
        }
    }

    /// The same, of what went before the request that counts: the device has heard nothing of that.
    pub(crate) fn not_heard(mut self) -> Self {
        if let CallError::NotReached { may_have_heard, .. } = &mut self {
            *may_have_heard = false;
        }
        self
    }

    /// Whether the device has no such order.
    pub(crate) fn is_unknown_order(&self) -> bool {
        self.failure().is_some_and(|failure| matches!(failure.cause, Cause::UnknownOrder { .. }))
    }

    /// Whether the device may have done what it was asked, and only the answer got lost.
    pub(crate) fn may_have_been_heard(&self) -> bool {
        matches!(self, CallError::NotReached { may_have_heard: true, .. })
    }

    /// What groups devices that share it: the reason without the device's name.
    pub fn reason(&self) -> String {
        match self {
            CallError::NotReached { reason, .. } => format!("not reached: {reason}"),
            CallError::Refused { failure, .. } => failure.to_string(),
            CallError::NoPoint { name, .. } => {
                format!("no restore point is called {}", framboise_core::text::visible(name))
            }
            CallError::AnotherDevice { .. } => "another device answers at its address".to_owned(),
            CallError::NotUnderstood { what, .. } => format!("it answered something else than expected: {what}"),
        }
    }
}
