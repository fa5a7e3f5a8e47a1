//! The transaction: an order's execution on one device, as a state machine that a journal can hold.
//!
//! `step` is total over state and ending. Every state is on disk before the effect that [`effect`] names for it begins,
//! and every effect can be repeated, so that after a power cut the last state on disk says all ([`recovery`]).

use serde::{Deserialize, Serialize};

/// How far a transaction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The order is on disk.
    Received,
    /// The base held, the lock is on disk.
    Planned,
    /// The vault has the .deb of everything that will be replaced or removed.
    Vaulted,
    /// Everything new is in the vault too, verified; the state before is recorded.
    Downloaded,
    /// apt may be changing the device.
    Applying,
    /// apt is done; the device restarts, so that what it did is what runs.
    Restarting,
    /// apt is done; the checks run.
    Checking,
    /// The update stands. Final.
    Committed,
    /// The device is being brought back.
    RollingBack,
    /// The device is as it was before the order. Final.
    RolledBack,
    /// It ended before anything was touched. Final.
    Failed,
    /// It could not be brought back by itself; a person is needed. Final.
    NeedsYou,
}

/// What became of a state's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The effect was completed.
    Done,
    /// The effect was completed, and the device is to restart before it is judged.
    NeedsRestart,
    /// The effect was not completed.
    Failed,
}

/// What to do in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Hold the base against the device, write the lock down.
    Plan,
    /// Get the .deb of everything that will be replaced or removed.
    Vault,
    /// Get everything new; record the state before.
    Download,
    /// Begin: the next state alone makes touching the device lawful.
    Begin,
    /// Run apt.
    Apply,
    /// Ask for the restart; go on once it has happened.
    Restart,
    /// Check; record the restore point.
    Check,
    /// Bring the device back to the state before.
    RollBack,
    /// None: the state is final.
    Rest,
}

/// An ending in a state that knows no such ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("to a transaction that is {state} this cannot happen: {ending:?}")]
pub struct Impossible {
    /// The state; when it is final, nothing can happen to it any more.
    pub state: State,
    /// The ending.
    pub ending: Ending,
}

/// How often a device is asked to restart for one transaction.
pub const RESTARTS_ASKED_MAX: usize = 3;

/// What is to be done about a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// The device has been started anew since it was asked for.
    Happened,
    /// It is to be asked for.
    Ask,
    /// It was asked for often enough.
    GiveUp,
}

/// The effect that belongs to a state.
pub fn effect(state: State) -> Effect {
    match state {
        State::Received => Effect::Plan,
        State::Planned => Effect::Vault,
        State::Vaulted => Effect::Download,
        State::Downloaded => Effect::Begin,
        State::Applying => Effect::Apply,
        State::Restarting => Effect::Restart,
        State::Checking => Effect::Check,
        State::RollingBack => Effect::RollBack,
        State::Committed | State::RolledBack | State::Failed | State::NeedsYou => Effect::Rest,
    }
}

/// The state after an ending.
///
/// # Errors
/// When the state knows no such ending; a final one knows none.
pub fn step(state: State, ending: Ending) -> Result<State, Impossible> {
    match (state, ending) {
        (State::Received, Ending::Done) => Ok(State::Planned),
        (State::Planned, Ending::Done) => Ok(State::Vaulted),
        (State::Vaulted, Ending::Done) => Ok(State::Downloaded),
        (State::Downloaded, Ending::Done) => Ok(State::Applying),
        (State::Received | State::Planned | State::Vaulted | State::Downloaded, Ending::Failed) => Ok(State::Failed),
        (State::Applying, Ending::NeedsRestart) => Ok(State::Restarting),
        (State::Applying | State::Restarting, Ending::Done) => Ok(State::Checking),
        (State::Checking, Ending::Done) => Ok(State::Committed),
        (State::Applying | State::Restarting | State::Checking, Ending::Failed) => Ok(State::RollingBack),
        (State::RollingBack, Ending::Done) => Ok(State::RolledBack),
        (State::RollingBack, Ending::Failed) => Ok(State::NeedsYou),
        (
            State::Received
            | State::Planned
            | State::Vaulted
            | State::Downloaded
            | State::Restarting
            | State::Checking
            | State::RollingBack,
            Ending::NeedsRestart,
        )
        | (
            State::Committed | State::RolledBack | State::Failed | State::NeedsYou,
            Ending::Done | Ending::NeedsRestart | Ending::Failed,
        ) => Err(Impossible { state, ending }),
    }
}

/// What to do in `restarting`, by the kernel's boot ids (random(4)): the one that was noted when the restart was last asked
/// for, and the one of now. `asked` counts how often it was asked for, this time included.
pub fn restart(noted: Option<&str>, now: &str, asked: usize) -> Restart {
    if noted.is_some_and(|noted| noted != now) {
        Restart::Happened
    } else if asked <= RESTARTS_ASKED_MAX {
        Restart::Ask
    } else {
        Restart::GiveUp
    }
}

/// The state to go on from after the device, or the executor, stopped in `state`.
///
/// | on disk | what is known | goes on as |
/// |---|---|---|
/// | received, planned, vaulted, downloaded | nothing was touched | failed: the operator sends it again |
/// | applying | dpkg may have been cut anywhere | rolling back |
/// | restarting | apt was done, the device was to restart | restarting: under another boot id it goes on to checking, else it is asked for again ([`restart`]) |
/// | checking | apt was done, the checks were not | rolling back |
/// | rolling back | the way back was cut | rolling back, from its beginning |
/// | final | all is said | itself |
pub fn recovery(state: State) -> State {
    match state {
        State::Received | State::Planned | State::Vaulted | State::Downloaded => State::Failed,
        State::Applying | State::Checking | State::RollingBack => State::RollingBack,
        State::Restarting | State::Committed | State::RolledBack | State::Failed | State::NeedsYou => state,
    }
}

impl State {
    /// Whether nothing follows.
    pub fn is_final(self) -> bool {
        effect(self) == Effect::Rest
    }

    /// Whether the device may have been changed by now.
    pub fn has_touched(self) -> bool {
        self >= State::Applying && self != State::Failed
    }

    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Planned => "planned",
            State::Vaulted => "way back saved",
            State::Downloaded => "downloaded",
            State::Applying => "applying",
            State::Restarting => "restarting",
            State::Checking => "checking",
            State::Committed => "done",
            State::RollingBack => "rolling back",
            State::RolledBack => "rolled back",
            State::Failed => "failed, nothing changed",
            State::NeedsYou => "needs you",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
