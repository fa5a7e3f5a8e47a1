//! What a device answered to a request.

use framboise_lab::Output;
use serde_json::Value;

/// An answer over HTTP, as `curl` saw it.
#[derive(Debug)]
pub struct Answer {
    /// The status; 0 when there was no answer.
    pub status: u16,
    /// The body as JSON; null when it is none.
    pub json: Value,
    /// The body, or why there was no answer.
    pub text: String,
}

/// What `curl --write-out` shall append, so that [`Answer::read`] finds the status.
pub const WRITE_OUT: &str = "\n%{http_code}";

impl Answer {
    /// Reads what `curl` wrote.
    pub fn read(output: &Output) -> Answer {
        let (text, status) = output.stdout.rsplit_once('\n').unwrap_or_default();
        let status = status.parse().unwrap_or(0);
        let text = if status == 0 { output.stderr.clone() } else { text.to_owned() };
        Answer { status, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Asserts that what was asked is done.
    #[track_caller]
    pub fn done(self) -> Answer {
        assert_eq!(self.status, 200, "not done: {}", self.text);
        assert_eq!(self.json["outcome"]["state"], "committed", "{}", self.text);
        self
    }

    /// Asserts that it was refused, or failed, with this status and cause, in words and with a next step.
    #[track_caller]
    pub fn refused(self, status: u16, kind: &str) -> Answer {
        assert_eq!((self.status, self.kind()), (status, kind), "{}", self.text);
        for words in ["message", "next_step"] {
            let said = self.json[words].as_str().unwrap_or_default();
            assert!(said.len() > 10, "{words} says {said:?}: {}", self.text);
        }
        self
    }

    /// Asserts that the body says this somewhere.
    #[track_caller]
    pub fn saying(self, words: &str) -> Answer {
        let said = [&self.json["message"], &self.json["detail"], &self.json["next_step"]];
        let is_said = said.iter().any(|text| text.as_str().is_some_and(|text| text.contains(words)));
        assert!(is_said, "{words:?} is not said: {}", self.text);
        self
    }

    /// Asserts the state that the failed order ended in.
    #[track_caller]
    pub fn ended(self, state: &str) -> Answer {
        assert_eq!(self.json["state"], state, "{}", self.text);
        self
    }

    /// The cause's kind.
    pub fn kind(&self) -> &str {
        self.json["cause"]["kind"].as_str().unwrap_or_default()
    }

    /// The packages of the lock: name and architecture, with the version before and after.
    pub fn changes(&self) -> Vec<String> {
        let lock = self.json["outcome"]["lock"].as_object();
        let version = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let changes = lock.into_iter().flatten().map(|(key, entry)| {
            let name = key.split(':').next().unwrap_or_default();
            format!("{name} {} {}", version(&entry["before"]), version(&entry["after"]["version"]))
        });
        changes.collect()
    }
}
