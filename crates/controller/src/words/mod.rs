//! Sentences that depend on what devices tell, in the operator's language. What is always the same stands in the window.

mod causes;
mod desk;
mod doing;
mod grammar;
mod problems;

pub use causes::{failure, next_step};
pub(crate) use desk::{reason, scan_problem};
pub(crate) use doing::{back, capital, change_at, is_restarting, unproven};
pub use doing::{doing, doing_of_device, step_of};
pub use grammar::expected_in_french;
pub use problems::Problem;
pub(crate) use problems::{chain, detail, not_followed};

use framboise_core::Timestamp;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A language of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// The language of a locale's name, such as `fr_CH.UTF-8`; English where it is neither.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("fr") { Language::French } else { Language::English }
    }

    /// One of two texts.
    pub fn pick<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        match self {
            Language::English => english,
            Language::French => french,
        }
    }
}

/// `14.2 MB`, `14,2 Mo`: decimal, as archives and disks are sold.
pub fn bytes(language: Language, bytes: u64) -> String {
    let units = [("kB", "ko"), ("MB", "Mo"), ("GB", "Go"), ("TB", "To")];
    if bytes < 1000 {
        return format!("{bytes} {}", language.pick("B", "o"));
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95 && unit > 0);
    let (english, french) = units.get(unit).copied().unwrap_or_default();
    match language {
        Language::English => format!("{value:.digits$} {english}"),
        Language::French => format!("{value:.digits$} {french}").replace('.', ","),
    }
}

/// `today 16:21`, `9 Nov 14:01`, `9 Nov 2025`, in this computer's time zone.
pub fn when(language: Language, at: Timestamp) -> String {
    when_seen_from(language, &at.to_zoned_datetime(TimeZone::system()), &ZonedDateTime::now())
}

/// `16:21:04`.
pub fn clock(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn when_seen_from(language: Language, at: &ZonedDateTime, now: &ZonedDateTime) -> String {
    let time = at.strftime("%H:%M");
    let is_yesterday = now.date().yesterday().is_ok_and(|yesterday| yesterday == at.date());
    if at.date() == now.date() {
        return format!("{} {time}", language.pick("today", "auj."));
    }
    if is_yesterday {
        return format!("{} {time}", language.pick("yesterday", "hier"));
    }
    let day = format!("{} {}", at.day(), month(language, at.month()));
    if at.year() == now.year() { format!("{day} {time}") } else { format!("{day} {}", at.year()) }
}

fn month(language: Language, month: i8) -> &'static str {
    let english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let french = ["janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    let at = usize::try_from(month - 1).unwrap_or_default();
    match language {
        Language::English => english.get(at).copied().unwrap_or_default(),
        Language::French => french.get(at).copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_large_unless_with_a_name() {
        for (text, large) in [
            ("unpacking nano", "Unpacking nano"),
            ("l'archive est injoignable", "L'archive est injoignable"),
            ("écrit", "Écrit"),
            ("fram-failpost's postinst script failed", "fram-failpost's postinst script failed"),
            ("nginx's postinst script failed", "nginx's postinst script failed"),
            ("/etc/apt is read-only", "/etc/apt is read-only"),
            ("", ""),
        ] {
            assert_eq!(capital(text), large);
        }
    }

    #[test]
    fn sizes_in_both_languages() {
        assert_eq!(bytes(Language::English, 14_200_000), "14.2 MB");
        assert_eq!(bytes(Language::French, 14_200_000), "14,2 Mo");
        assert_eq!(bytes(Language::French, 850), "850 o");
    }

    #[test]
    fn times_are_shortest_near_now() {
        let zoned = |text: &str| text.parse::<Timestamp>().unwrap().to_zoned_datetime(TimeZone::UTC);
        let now = zoned("2026-11-20T18:00:00Z");
        for (text, english, french) in [
            ("2026-11-20T16:21:00Z", "today 16:21", "auj. 16:21"),
            ("2026-11-19T16:21:00Z", "yesterday 16:21", "hier 16:21"),
            ("2026-11-09T14:01:00Z", "9 Nov 14:01", "9 nov. 14:01"),
            ("2025-02-09T14:01:00Z", "9 Feb 2025", "9 févr. 2025"),
        ] {
            assert_eq!(when_seen_from(Language::English, &zoned(text), &now), english);
            assert_eq!(when_seen_from(Language::French, &zoned(text), &now), french);
        }
    }

    #[test]
    fn a_locale_tells_the_language() {
        assert_eq!(Language::of_locale("fr_CH.UTF-8"), Language::French);
        assert_eq!(Language::of_locale("de_DE.UTF-8"), Language::English);
        assert_eq!(Language::of_locale(""), Language::English);
    }
}
