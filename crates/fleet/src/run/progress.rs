//! How far a device is, for a bar that never goes back and a sentence beside it.

use super::{End, Step, Verdict};
use framboise_core::Timestamp;
use framboise_core::cause::Failure;
use framboise_core::event::{Event, EventKind};
use framboise_core::text::visible;
use framboise_core::transaction::State;

/// How far one device is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    share: f64,
    doing: Doing,
    state: Option<State>,
    lost: Option<Timestamp>,
    verdict: Option<Verdict>,
}

/// What is going on on a device, for a face to say in its own words.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Doing {
    /// The order is on its way.
    #[default]
    Sending,
    /// The device has it.
    Ordered,
    /// What follows from this state.
    In(State),
    /// Something other must end first.
    Waiting(Box<Failure>),
    /// Bytes come in: so many, of so many.
    Downloading(u64, u64),
    /// dpkg works on a package.
    Package {
        /// Which.
        package: String,
        /// What happens to it: unpacking, configuring, removing.
        phase: String,
        /// Whether that is the way back.
        is_back: bool,
    },
    /// All is done, but the device wants to reach this desk.
    AwaitingDesk,
    /// It failed; what is done about it follows.
    Failed(Box<Failure>),
    /// It is over, with what went wrong, and whether the device remarks something.
    Ended(Verdict, Option<Box<Failure>>, bool),
}

/// Where a state begins on the bar. Applying and downloading take the most of the time.
fn share_at(state: State) -> f64 {
    match state {
        State::Received => 0.01,
        State::Planned => 0.03,
        State::Vaulted => 0.08,
        State::Downloaded => 0.40,
        State::Applying => 0.42,
        State::Restarting => 0.85,
        State::Checking => 0.92,
        // The bar stays where the failure met it until the way back is done.
        State::RollingBack => 0.0,
        State::Committed | State::RolledBack | State::Failed | State::NeedsYou => 1.0,
    }
}

/// What is going on in a state, as against what has been reached.
fn doing(state: State) -> &'static str {
    match state {
        State::Received => "checking that nothing changed",
        State::Planned => "saving the way back",
        State::Vaulted => "downloading",
        State::Downloaded => "about to begin",
        State::Applying => "starting apt",
        State::Restarting => "restarting",
        State::Checking => "checking",
        State::RollingBack => "rolling back",
        State::Committed => "done",
        State::RolledBack => "rolled back",
        State::Failed => "failed, nothing changed",
        State::NeedsYou => "needs you",
    }
}

impl Progress {
    /// From 0 to 1; it never falls.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// What is going on, short.
    pub fn sentence(&self) -> String {
        match (self.lost, self.verdict) {
            (Some(_), None) if self.state == Some(State::Restarting) => "restarting, not reached yet".to_owned(),
            (Some(_), None) => "not reached, asking on".to_owned(),
            (_, _) => visible(&self.doing.sentence()),
        }
    }

    /// What is going on, as far as the device could tell.
    pub fn doing(&self) -> &Doing {
        &self.doing
    }

    /// Since when the device is not reached; none when it is.
    pub fn lost_since(&self) -> Option<Timestamp> {
        self.lost
    }

    /// In one word, for counting devices that do the same.
    pub fn word(&self) -> &'static str {
        match (self.verdict, self.lost, self.state) {
            (Some(Verdict::Done | Verdict::Ordered), ..) => "done",
            (Some(Verdict::WentBack), ..) => "rolled back",
            (Some(_), ..) => "failed",
            (None, _, Some(State::Restarting)) => "restarting",
            (None, Some(_), _) => "not reached",
            (None, None, None) => "waiting",
            (None, None, Some(State::Received | State::Planned)) => "saving the way back",
            (None, None, Some(State::Vaulted | State::Downloaded)) => "downloading",
            (None, None, Some(State::Applying)) => "applying",
            (None, None, Some(State::Checking)) => "checking",
            (None, None, Some(State::RollingBack)) => "rolling back",
            (None, None, Some(State::Committed | State::RolledBack | State::Failed | State::NeedsYou)) => "ending",
        }
    }

    /// How it ended, once it has.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// Takes a step in.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Sending(_) => self.doing = Doing::Sending,
            Step::Ordered(_) => self.doing = Doing::Ordered,
            Step::Told(event) => self.take_event(event),
            Step::Lost(since) => self.lost = Some(*since),
            Step::Back => self.lost = None,
            Step::Ended(end) => self.end(end),
        }
    }

    fn take_event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::State { state } => {
                self.state = Some(*state);
                self.reach(share_at(*state));
                self.doing = Doing::In(*state);
            }
            EventKind::Waiting { reason } => self.doing = Doing::Waiting(Box::new(reason.clone())),
            EventKind::Download { done_bytes, total_bytes } if *total_bytes > 0 => {
                let part = *done_bytes as f64 / *total_bytes as f64;
                self.reach_within(State::Vaulted, State::Downloaded, part);
                self.doing = Doing::Downloading(*done_bytes, *total_bytes);
            }
            EventKind::Package { package, phase, percent } => {
                if self.state == Some(State::Applying) {
                    self.reach_within(State::Applying, State::Restarting, f64::from(*percent) / 100.0);
                }
                let is_back = self.state == Some(State::RollingBack);
                self.doing = Doing::Package { package: package.clone(), phase: phase.clone(), is_back };
            }
            EventKind::AwaitingDesk { .. } => self.doing = Doing::AwaitingDesk,
            EventKind::Failure { failure } => self.doing = Doing::Failed(Box::new(failure.clone())),
            EventKind::Download { .. } | EventKind::Line { .. } | EventKind::Ended { .. } | EventKind::Unknown => {}
        }
    }

    fn end(&mut self, end: &End) {
        self.verdict = Some(end.verdict());
        self.reach(1.0);
        self.doing = Doing::Ended(end.verdict(), end.failure().cloned().map(Box::new), end.has_remarks());
    }

    fn reach(&mut self, share: f64) {
        self.share = self.share.max(share.clamp(0.0, 1.0));
    }

    fn reach_within(&mut self, from: State, to: State, part: f64) {
        let (from, to) = (share_at(from), share_at(to));
        self.reach(from + (to - from) * part.clamp(0.0, 1.0));
    }
}

impl Doing {
    fn sentence(&self) -> String {
        match self {
            Doing::Sending => "sending the order".to_owned(),
            Doing::Ordered => "order received".to_owned(),
            Doing::In(state) => doing(*state).to_owned(),
            Doing::Waiting(reason) => format!("waiting: {reason}"),
            Doing::Downloading(..) => "downloading".to_owned(),
            Doing::Package { package, phase, is_back } => {
                format!("{}{phase} {package}", if *is_back { "rolling back: " } else { "" })
            }
            Doing::AwaitingDesk => "asking for this desk".to_owned(),
            Doing::Failed(failure) => failure.to_string(),
            Doing::Ended(verdict, failure, _) => ended(*verdict, failure.as_deref()),
        }
    }
}

fn ended(verdict: Verdict, failure: Option<&Failure>) -> String {
    match (verdict, failure) {
        (Verdict::Done, _) => "done".to_owned(),
        (Verdict::Ordered, _) => "has its order".to_owned(),
        (Verdict::WentBack, Some(failure)) => format!("rolled back: {failure}"),
        (Verdict::WentBack, None) => "rolled back".to_owned(),
        (Verdict::Failed | Verdict::Refused | Verdict::NeedsYou, Some(failure)) => failure.to_string(),
        (Verdict::Failed | Verdict::Refused | Verdict::NeedsYou, None) => "failed".to_owned(),
        (Verdict::NotReached | Verdict::Lost, _) => "not reached".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::ids::OrderId;
    use proptest::prelude::*;

    fn kind() -> impl Strategy<Value = EventKind> {
        let state = prop::sample::select(vec![
            State::Received,
            State::Planned,
            State::Vaulted,
            State::Downloaded,
            State::Applying,
            State::Restarting,
            State::Checking,
            State::RollingBack,
            State::RolledBack,
        ]);
        prop_oneof![
            state.prop_map(|state| EventKind::State { state }),
            (0..20_u64, 0..10_u64)
                .prop_map(|(done_bytes, total_bytes)| EventKind::Download { done_bytes, total_bytes }),
            any::<u8>().prop_map(|percent| EventKind::Package {
                package: "vim".into(),
                phase: "unpacking".into(),
                percent
            }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_device_tells_the_bar_stays_a_bar(kinds in prop::collection::vec(kind(), 0..40)) {
            let (mut progress, mut last) = (Progress::default(), 0.0);
            for (number, kind) in (1..).zip(kinds) {
                let event = Event { number, at: Timestamp::UNIX_EPOCH, order: OrderId::new(0, [0; 10]), kind };
                progress.take(&Step::Told(Box::new(event)));
                prop_assert!(progress.share() >= last && progress.share() <= 1.0);
                last = progress.share();
            }
        }
    }
}
