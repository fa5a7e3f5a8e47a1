//! The update file, with everything that is wrong with it.

use crate::state::State;
use crate::update_file::{Bad, From, is_content};
use crate::words::{Language, bytes, expected_in_french};
use framboise_core::text::visible;
use framboise_core::update_file::Problem;
use framboise_fleet::source::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Of a line, as much as helps to know it again.
const LINE_CHARS: usize = 160;

/// Around a bad line, so many good ones are shown.
const AROUND: usize = 2;

pub(super) fn view(state: &State) -> Value {
    let Some(from) = &state.file.from else { return json!({ "state": "none" }) };
    let file = &state.file;
    let code = match (&file.loaded, &file.bad) {
        (Some(_), _) => "good",
        (None, Some(_)) => "bad",
        (None, None) => "reading",
    };
    json!({
        "state": code,
        "reading": file.is_reading,
        "name": name(state.language, from),
        "typed": from.typed,
        "path": match &from.source { Source::Path(path) if from.typed.is_none() => path.display().to_string(), Source::Path(_) | Source::Stdin | Source::Url(_) => String::new() },
        "packages": file.loaded.as_ref().map_or(0, |loaded| loaded.file.entries.len()),
        "entries": file.loaded.as_ref().map(|loaded| loaded.file.specs().take(200).map(|spec| visible(&spec.to_string())).collect::<Vec<_>>()),
        "checks": file.loaded.as_ref().map_or(0, |loaded| loaded.file.checks.len()),
        "debs": file.loaded.as_ref().map(|loaded| bytes(state.language, loaded.debs.iter().map(|deb| deb.bytes).sum())),
        "bad": file.bad.as_ref().map(|bad| bad_view(state.language, bad)),
    })
}

fn name(language: Language, from: &From) -> String {
    if from.typed.is_some() { language.pick("Typed list", "Liste saisie").to_owned() } else { visible(&from.name) }
}

fn bad_view(language: Language, bad: &Bad) -> Value {
    if let Some([english, french]) = &bad.whole {
        let (what, now) = if language == Language::English { english } else { french };
        return json!({ "lines": [], "count": 0, "what": what, "now": now });
    }
    let mut problems: BTreeMap<usize, Vec<&Problem>> = BTreeMap::new();
    bad.problems.iter().for_each(|problem| problems.entry(problem.line).or_default().push(problem));
    let is_near = |line: usize| problems.range(line.saturating_sub(AROUND)..=line + AROUND).next().is_some();
    let mut numbers: Vec<usize> = (1..=bad.lines.len()).filter(|line| is_near(*line)).collect();
    numbers.extend(problems.keys().filter(|line| **line > bad.lines.len()));
    let line = |number: &usize| {
        let text = bad.lines.get(number - 1).map_or_else(String::new, |line| shortened(line));
        let told: Vec<String> =
            problems.get(number).into_iter().flatten().map(|problem| words(language, problem)).collect();
        json!({ "n": number, "text": text, "why": told })
    };
    json!({
        "lines": numbers.iter().map(line).collect::<Vec<_>>(),
        "count": bad.line_count(),
        "good": bad.lines.iter().enumerate().filter(|(at, line)| !problems.contains_key(&(at + 1)) && is_content(line)).count(),
        "what": "", "now": "",
    })
}

fn shortened(line: &str) -> String {
    visible(&line.chars().take(LINE_CHARS).collect::<String>())
}

fn words(language: Language, problem: &Problem) -> String {
    let (found, expected) = (shortened(&problem.found), visible(&problem.expected));
    match (language, found.is_empty()) {
        (Language::English, true) => format!("Expected {expected}"),
        (Language::English, false) => format!("“{found}” is not {expected}"),
        (Language::French, true) => format!("Attendu : {}", expected_in_french(&problem.expected)),
        (Language::French, false) => {
            format!("« {found} » ne convient pas. Attendu : {}", expected_in_french(&problem.expected))
        }
    }
}
