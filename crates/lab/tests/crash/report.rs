//! The runs of a test, counted and published for README.

use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// Where a device ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Exactly as before.
    Before,
    /// Exactly as after.
    After,
}

/// What is known of the runs so far.
pub struct Report {
    name: &'static str,
    seed: u64,
    began: Instant,
    before: usize,
    after: usize,
    failures: Vec<String>,
}

impl Report {
    /// No run yet.
    pub fn new(name: &'static str, seed: u64) -> Report {
        Report { name, seed, began: Instant::now(), before: 0, after: 0, failures: Vec::new() }
    }

    /// Takes a run in.
    pub fn add(&mut self, seed: u64, words: &str, result: Result<Ended, String>) {
        let line = format!("{} seed {seed}: {words}", self.name);
        match result {
            Ok(Ended::Before) => {
                self.before += 1;
                eprintln!("{line}: as before");
            }
            Ok(Ended::After) => {
                self.after += 1;
                eprintln!("{line}: as after");
            }
            Err(problem) => {
                eprintln!("{line}: WRONG\n{problem}");
                self.failures.push(format!("{line}\n{problem}"));
            }
        }
    }

    /// Prints the counts, writes them to `target/NAME.json`, and fails the test if a run failed.
    pub fn publish(self) {
        let Report { name, seed, before, after, failures, .. } = &self;
        let (exact, runs) = (before + after, before + after + failures.len());
        println!("{name}: {runs} runs, {exact} exact ({before} before, {after} after), seed {seed}");
        let seconds = self.began.elapsed().as_secs();
        let counts = json!({ "runs": runs, "exact": exact, "before": before, "after": after, "seed": seed, "seconds": seconds, "failures": failures });
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join(format!("{name}.json"));
        std::fs::write(&file, format!("{counts:#}\n")).unwrap();
        assert!(failures.is_empty(), "{} of {runs} runs went wrong:\n{}", failures.len(), failures.join("\n"));
    }
}
