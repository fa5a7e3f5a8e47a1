//! Numbers, sizes, times and lists as people read them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use std::time::Duration;

/// `1 device`, `1,284 packages`.
pub fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{} {word}s", thousands(number)) }
}

/// `1,284`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut text = digits.get(..head).unwrap_or_default().to_owned();
    for at in (head..digits.len()).step_by(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(digits.get(at..at + 3).unwrap_or_default());
    }
    text
}

/// `850 kB`, `14.2 MB`: decimal, as archives and disks are sold.
pub fn bytes(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95 && unit > 0);
    format!("{value:.digits$} {}", units.get(unit).copied().unwrap_or_default())
}

/// `12 s`, `1 min 12 s`, `2 h 5 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    if duration.subsec_millis() != 0 && duration.as_secs_f64() < 9.95 {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `today 16:21`, `9 Nov 14:01`, `9 Nov 2025`, in this computer's time zone.
pub fn when(at: Timestamp) -> String {
    when_seen_from(&at.to_zoned_datetime(TimeZone::system()), &ZonedDateTime::now())
}

/// `16:21:04`.
pub fn clock(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn when_seen_from(at: &ZonedDateTime, now: &ZonedDateTime) -> String {
    let form = match (at.date() == now.date(), now.date().yesterday().is_ok_and(|yesterday| yesterday == at.date())) {
        (true, _) => "today %H:%M",
        (false, true) => "yesterday %H:%M",
        (false, false) if at.year() == now.year() => "%-d %b %H:%M",
        (false, false) => "%-d %b %Y",
    };
    at.strftime(form).to_string()
}

/// The first few of many names, and how many more.
pub fn some(names: &[&str], shown_max: usize) -> String {
    match names.len().saturating_sub(shown_max) {
        0 | 1 => names.join(", "),
        more => format!("{} and {} more", names.get(..shown_max).unwrap_or_default().join(", "), thousands(more)),
    }
}

/// `a, b and c`; of more than `shown_max` the first, and how many more.
pub fn few(names: &[String], shown_max: usize) -> String {
    match names.len().saturating_sub(shown_max) {
        0 => and(names),
        more => format!("{} and {} more", names.get(..shown_max).unwrap_or_default().join(", "), thousands(more)),
    }
}

/// The word as a shell reads it back: in quotes where it would read it otherwise.
pub fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:@%+=,".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `a, b and c`.
pub fn and(parts: &[String]) -> String {
    joined(parts, "and")
}

/// `a, b or c`.
pub fn or(parts: &[String]) -> String {
    joined(parts, "or")
}

fn joined(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_500, "2 kB"),
            (999_600, "1.0 MB"),
            (14_200_000, "14.2 MB"),
            (212_000_000, "212 MB"),
            (3_400_000_000, "3.4 GB"),
        ];
        for (number, expected) in cases {
            assert_eq!(bytes(number), expected);
        }
    }

    #[test]
    fn counts() {
        assert_eq!(count(1, "device"), "1 device");
        assert_eq!(count(1_284, "package"), "1,284 packages");
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(thousands(100), "100");
    }

    #[test]
    fn durations() {
        let cases = [(0.42, "0.4 s"), (12.0, "12 s"), (60.0, "1 min"), (72.0, "1 min 12 s"), (7500.0, "2 h 5 min")];
        for (seconds, expected) in cases {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), expected);
        }
    }

    #[test]
    fn times_are_shortest_near_now() {
        let zoned = |text: &str| text.parse::<Timestamp>().unwrap().to_zoned_datetime(TimeZone::UTC);
        let now = zoned("2026-11-20T18:00:00Z");
        for (text, expected) in [
            ("2026-11-20T16:21:00Z", "today 16:21"),
            ("2026-11-19T16:21:00Z", "yesterday 16:21"),
            ("2026-11-09T14:01:00Z", "9 Nov 14:01"),
            ("2025-11-09T14:01:00Z", "9 Nov 2025"),
        ] {
            assert_eq!(when_seen_from(&zoned(text), &now), expected);
        }
    }

    #[test]
    fn lists() {
        assert_eq!(some(&["a", "b", "c"], 2), "a, b, c", "one more is as short as its count");
        assert_eq!(some(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(and(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(few(&names[..3], 3), "a, b and c");
        assert_eq!(few(&names, 3), "a, b, c and 1 more");
    }

    #[test]
    fn words_for_a_shell() {
        let cases = [
            ("lists/kiosk.txt", "lists/kiosk.txt"),
            ("before the fair", "'before the fair'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ];
        for (word, expected) in cases {
            assert_eq!(quoted(word), expected);
        }
    }
}
