//! The table of round trips: printed, and, where all were made, kept in `target/round-trips.md`.

use std::fs;
use std::path::{Path, PathBuf};

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was updated, by name.
    pub packages: String,
    /// Each package that changed: name, version before and after.
    pub changes: Vec<String>,
    /// Paths that were compared.
    pub files: usize,
    /// What went wrong; empty when nothing did.
    pub problem: String,
    /// Why it goes wrong, where that is known and promised to nobody.
    pub known: Option<&'static str>,
}

impl Row {
    fn result(&self) -> String {
        match (self.problem.is_empty(), self.known) {
            (true, _) => "equal".into(),
            (false, Some(why)) => format!("differs, as expected: {why}"),
            (false, None) => format!("**differs**: {}", self.problem.lines().next().unwrap_or_default().trim()),
        }
    }

    fn line(&self) -> String {
        let mut changes: Vec<&str> = self.changes.iter().map(String::as_str).take(3).collect();
        let more = format!("and {} more", self.changes.len().saturating_sub(3));
        if self.changes.len() > 3 {
            changes.push(&more);
        }
        format!("| {} | {} | {} | {} |\n", self.packages, changes.join("<br>"), self.files, self.result())
    }

    /// Whether it counts against us.
    pub fn is_bad(&self) -> bool {
        !self.problem.is_empty() && self.known.is_none()
    }
}

/// Prints the rows; where all trips were made, keeps them as the section of this title, and writes all sections anew.
pub fn publish(title: &str, rows: &[Row]) {
    let packages: usize = rows.iter().map(|row| row.packages.split(' ').count()).sum();
    let equal = rows.iter().filter(|row| row.problem.is_empty()).count();
    let mut text = format!(
        "## {title}\n\n{} trips, {packages} packages by name, {equal} equal in every field.\n\n\
         | packages | package, old, new | paths compared | after update and rollback |\n|---|---|---|---|\n",
        rows.len()
    );
    rows.iter().for_each(|row| text.push_str(&row.line()));
    println!("{text}");
    for row in rows.iter().filter(|row| !row.problem.is_empty()) {
        println!("{}:\n{}", row.packages, row.problem);
    }
    if !crate::everything() || std::env::var_os("FRAMBOISE_ROUND_TRIP").is_some() {
        // A part is not kept as if it were all.
        return;
    }
    let sections = target().join("round-trips");
    fs::create_dir_all(&sections).unwrap();
    fs::write(sections.join(format!("{title}.md")), text).unwrap();
    gather(&sections);
}

fn gather(sections: &Path) {
    let mut files: Vec<PathBuf> = fs::read_dir(sections).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = "# Round trips on real packages of Debian\n\n".to_owned();
    for file in files {
        all.push_str(&fs::read_to_string(file).unwrap());
        all.push('\n');
    }
    fs::write(target().join("round-trips.md"), all).unwrap();
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_path_buf()
}
