//! Every cause in a person's words, with a next step.

use super::fixtures::examples;
use framboise_core::cause::{Cause, Failure};

#[test]
fn every_cause_is_told_in_these_words() {
    let told: Vec<String> = causes().iter().map(told).collect();
    insta::assert_snapshot!("causes", told.join("\n"));
}

#[test]
fn every_sentence_fits_into_another_and_every_step_is_one() {
    for cause in causes() {
        let (sentence, step) = (cause.to_string(), cause.next_step());
        assert!(!sentence.ends_with(['.', ':', ' ', ',']) && !sentence.contains("  "), "{sentence:?}");
        assert!(!sentence.starts_with(char::is_uppercase), "{sentence:?}");
        assert!(step.starts_with(char::is_uppercase) && step.len() > 10, "{step:?}");
        assert!(!step.ends_with([':', ' ', ',']) && !step.contains("  "), "{step:?}");
        assert!(!(sentence.clone() + &step).contains(char::is_control), "{sentence:?} {step:?}");
        let failure = Failure::from(cause);
        assert_eq!((failure.to_string(), failure.next_step), (sentence, step));
    }
}

#[test]
fn long_lists_are_cut_and_shown_safely() {
    let packages = |count: usize| Cause::DpkgBroken { packages: (0..count).map(|at| format!("p{at}")).collect() };
    let start = "dpkg left packages unfinished: p0, p1, p2, p3, p4, p5";
    assert_eq!(packages(6).to_string(), start);
    assert_eq!(packages(8).to_string(), format!("{start} and 2 more"));
    let differences = vec!["/etc/\u{1b}[2J\nx gone".to_owned()];
    assert!(Cause::StateDiffers { differences }.to_string().ends_with(": /etc/\\u{1b}[2J⏎x gone"));
}

/// One of each kind and of each of its forms, those with empty lists too.
fn causes() -> Vec<Cause> {
    let examples = examples::<Failure>("failure").into_iter().map(|failure| failure.cause);
    let (packages, differences) = (Vec::new, Vec::new);
    let empty = [
        Cause::UnmetDependencies { packages: packages() },
        Cause::Held { packages: packages() },
        Cause::EssentialRemoval { packages: packages() },
        Cause::NoWayBack { packages: packages() },
        Cause::ChangedSincePlan { differences: differences() },
        Cause::NotTheLock { differences: differences() },
        Cause::DpkgBroken { packages: packages() },
        Cause::DpkgUnfinished { packages: packages() },
        Cause::DebMissing { packages: Vec::new() },
        Cause::StateDiffers { differences: differences() },
        Cause::Unknown,
    ];
    examples.chain(empty).collect()
}

fn told(cause: &Cause) -> String {
    let kind = serde_json::to_value(cause).unwrap()["kind"].clone();
    let kind = kind.as_str().unwrap();
    let asker = if cause.is_asker() { ", asked wrongly" } else { "" };
    format!("[{kind}{asker}]\n  {cause}\n  → {}", cause.next_step())
}
