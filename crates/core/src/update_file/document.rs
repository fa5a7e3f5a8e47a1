//! Reads the TOML form. Walks the parsed document by hand, not through serde, so that all problems are told at once.

use super::problem::Problem;
use super::words::{Word, place};
use super::{Hooks, RebootPolicy, UpdateFile, document_checks, gather};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a file may hold at its top.
const KEYS: [&str; 4] = ["packages", "checks", "reboot", "hooks"];

/// Where nothing is listed.
const NEXT_STEP: &str = "write packages = [\"vim\"]";

/// The update file that this text spells, or everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<UpdateFile, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, problems: Vec::new() };
    for error in &errors {
        reader.problem(error.span().unwrap_or_default(), format!("TOML here: {}", error.message()));
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let file = reader.file(root.get_ref());
    if reader.problems.is_empty() { Ok(file) } else { Err(reader.problems) }
}

/// The text that is read and what was found wrong with it so far.
pub(super) struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Notes that what stands at this place is not what was expected.
    pub(super) fn problem(&mut self, span: Range<usize>, expected: impl Into<String>) {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let found = written.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(written);
        self.problems.push(Problem::at(place(self.text, span.start), found, expected));
    }

    /// Notes every key that is not known, and where.
    pub(super) fn only_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            self.problem(key.span(), format!("a key known here: {}", known.join(", ")));
        }
    }

    /// The table that is there; noted when it is something else.
    pub(super) fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>, expected: &str) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.problem(value.span(), expected);
        }
        table
    }

    fn file(&mut self, root: &DeTable<'_>) -> UpdateFile {
        self.only_keys(root, &KEYS);
        let words = match root.get("packages") {
            Some(list) => self.packages(list),
            None => Some(Vec::new()),
        };
        let entries =
            words.map(|words| gather::entries(&words, NEXT_STEP).map_err(|problems| self.problems.extend(problems)));
        UpdateFile {
            entries: entries.and_then(Result::ok).unwrap_or_default(),
            checks: root.get("checks").map(|checks| document_checks::read(self, checks)).unwrap_or_default(),
            reboot: root.get("reboot").map(|reboot| self.reboot(reboot)).unwrap_or_default(),
            hooks: root.get("hooks").map(|hooks| self.hooks(hooks)).unwrap_or_default(),
        }
    }

    /// The strings that are there; nothing when there is no list at all, which is then noted.
    fn packages<'v>(&mut self, list: &'v Spanned<DeValue<'_>>) -> Option<Vec<Word<'v>>> {
        const EXPECTED: &str = "a list of packages, such as packages = [\"vim\", \"nano-\"]";
        let Some(items) = list.get_ref().as_array() else {
            self.problem(list.span(), EXPECTED);
            return None;
        };
        let mut words = Vec::with_capacity(items.len());
        for item in items {
            let (line, column) = place(self.text, item.span().start);
            match item.get_ref().as_str() {
                Some(text) => words.push(Word { text, line, column }),
                None => self.problem(item.span(), "a package: write it in quotes, such as \"vim\""),
            }
        }
        (!words.is_empty() || items.is_empty()).then_some(words)
    }

    fn reboot(&mut self, value: &Spanned<DeValue<'_>>) -> RebootPolicy {
        const EXPECTED: &str = "a choice known here: when = \"never\", \"if-required\" or \"always\"";
        let Some(table) = self.table(value, EXPECTED) else { return RebootPolicy::default() };
        self.only_keys(table, &["when"]);
        let Some(when) = table.get("when") else { return RebootPolicy::default() };
        match when.get_ref().as_str() {
            Some("never") => RebootPolicy::Never,
            Some("if-required") => RebootPolicy::IfRequired,
            Some("always") => RebootPolicy::Always,
            _ => {
                self.problem(when.span(), EXPECTED);
                RebootPolicy::default()
            }
        }
    }

    fn hooks(&mut self, value: &Spanned<DeValue<'_>>) -> Hooks {
        let Some(table) = self.table(value, "a table with run = true or false") else { return Hooks::default() };
        self.only_keys(table, &["run"]);
        let Some(run) = table.get("run") else { return Hooks::default() };
        let value = run.get_ref().as_bool();
        if value.is_none() {
            self.problem(run.span(), "true or false");
        }
        value.map_or(Hooks::default(), |run| Hooks { run })
    }
}
