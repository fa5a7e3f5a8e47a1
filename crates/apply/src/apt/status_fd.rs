//! apt's status pipe (`APT::Status-Fd`; apt's progress-reporting document).

use framboise_core::event::EventKind;

/// What a line of the pipe tells; none when it tells nothing new. `download_bytes` is the sum of what is to be fetched.
pub fn event(line: &str, download_bytes: u64) -> Option<EventKind> {
    let mut fields = line.splitn(4, ':');
    let (kind, subject, percent, words) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let percent = percent.parse::<f64>().ok()?.clamp(0.0, 100.0);
    match kind {
        "pmstatus" => {
            let (phase, _) = PHASES.iter().find(|(_, beginning)| words.starts_with(beginning))?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
            Some(EventKind::Package { package: subject.to_owned(), phase: (*phase).to_owned(), percent: percent as u8 })
        }
        "dlstatus" => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of the sum"
            )]
            let done_bytes = (download_bytes as f64 * percent / 100.0) as u64;
            Some(EventKind::Download { done_bytes, total_bytes: download_bytes })
        }
        _ => None,
    }
}

/// The word for a phase, and how apt's own description of it begins. The first that fits counts.
const PHASES: [(&str, &str); 6] = [
    ("configuring", "Preparing to configure"),
    ("removing", "Preparing for removal"),
    ("unpacking", "Preparing "),
    ("unpacking", "Unpacking "),
    ("configuring", "Configuring "),
    ("removing", "Removing "),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_package_and_phase() {
        let told = event("pmstatus:hello:42.8571:Unpacking hello (amd64)", 0);
        assert_eq!(told, Some(EventKind::Package { package: "hello".into(), phase: "unpacking".into(), percent: 42 }));
    }

    #[test]
    fn turns_a_share_into_bytes() {
        let told = event("dlstatus:1:50.0:Retrieving file 1 of 2", 3000);
        assert_eq!(told, Some(EventKind::Download { done_bytes: 1500, total_bytes: 3000 }));
    }

    #[test]
    fn is_silent_on_what_it_does_not_know() {
        assert_eq!(event("pmstatus:dpkg-exec:0.0000:Running dpkg", 0), None);
        assert_eq!(event("rubbish", 0), None);
        assert_eq!(event("pmstatus:x:not a number:Unpacking", 0), None);
    }
}
