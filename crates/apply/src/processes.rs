//! What runs below a process: told when it shows no progress, so that a person can see what hangs (proc(5)).

use std::collections::BTreeMap;
use std::fs;

/// A tree deeper than this is a loop in what was read while processes came and went.
const DEPTH_MAX: usize = 32;

struct Process {
    parent: u32,
    words: String,
}

/// The processes below this one, a line each, indented by depth: `812 fram-slow.postinst configure (sleeping)`.
pub fn below(pid: u32) -> Vec<String> {
    let all = read_all();
    let mut lines = Vec::new();
    describe(pid, 0, &all, &mut lines);
    lines
}

fn describe(parent: u32, depth: usize, all: &BTreeMap<u32, Process>, lines: &mut Vec<String>) {
    if depth > DEPTH_MAX {
        return;
    }
    for (pid, process) in all.iter().filter(|(_, process)| process.parent == parent) {
        lines.push(format!("{}{pid} {}", "  ".repeat(depth), process.words));
        describe(*pid, depth + 1, all, lines);
    }
}

fn read_all() -> BTreeMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, read(pid)?))).collect()
}

fn read(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold blanks and parentheses itself.
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1;
    let mut fields = after.split_whitespace();
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).trim_end_matches('\0').replace('\0', " ");
    let command = if command.is_empty() { name.to_owned() } else { command.chars().take(120).collect() };
    Some(Process { parent, words: format!("{command} ({})", state_word(state)) })
}

fn state_word(state: &str) -> &'static str {
    match state {
        "R" => "running",
        "S" => "sleeping",
        "D" => "waiting for the disk",
        "T" | "t" => "stopped",
        "Z" => "ended",
        _ => "in an unknown state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_a_child_and_its_state() {
        let mut child = std::process::Command::new("sleep").arg("77").spawn().unwrap();
        // A program that has just begun has no words yet (proc_pid_cmdline(5)).
        let began = std::time::Instant::now();
        let mut lines = Vec::new();
        while !lines.iter().any(|line: &String| line.contains("sleep 77 (")) && began.elapsed().as_secs() < 20 {
            lines = below(std::process::id());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(lines.iter().any(|line| line.contains("sleep 77 (")), "{lines:?}");
    }
}
