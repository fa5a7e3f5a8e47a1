//! The update file: chosen, dropped, typed or fetched; checked at once, and again whenever it is saved.

use crate::controller::Shared;
use crate::state::View;
use crate::words::{Language, chain, reason};
use framboise_core::text::visible;
use framboise_core::update_file::{Problem, TEXT_BYTES_MAX};
use framboise_fleet::source::{self, DebError, LoadedFile, Source, SourceError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::AbortHandle;

/// How often a file is looked at, whether it was saved again.
const WATCH_EVERY: Duration = Duration::from_millis(700);

/// Lines of a bad file that are shown; more would be no help.
const LINES_SHOWN: usize = 400;

/// The update file as it stands.
#[derive(Default)]
pub(crate) struct FilePart {
    pub from: Option<From>,
    pub is_reading: bool,
    pub loaded: Option<Arc<LoadedFile>>,
    pub bad: Option<Bad>,
    task: Option<AbortHandle>,
}

/// Where it is from.
#[derive(Debug, Clone)]
pub(crate) struct From {
    pub source: Source,
    /// What people call it.
    pub name: String,
    /// Its text, where it was typed here.
    pub typed: Option<String>,
}

/// A file that cannot be used.
#[derive(Debug, Default)]
pub(crate) struct Bad {
    /// What is wrong, by place; empty where the file as a whole is.
    pub problems: Vec<Problem>,
    /// Its lines, where they are at hand.
    pub lines: Vec<String>,
    /// What is wrong with the whole, in both languages, and what now.
    pub whole: Option<[(String, String); 2]>,
}

impl Bad {
    /// How many lines are wrong.
    pub fn line_count(&self) -> usize {
        let lines: std::collections::BTreeSet<usize> = self.problems.iter().map(|problem| problem.line).collect();
        lines.len()
    }
}

pub(crate) fn open(shared: &Arc<Shared>, from: &str) {
    let path = path_of(from).map(|path| std::path::absolute(&path).unwrap_or(path));
    // A package alone is a list of one.
    if let Some(path) = path.as_ref().filter(|path| path.extension().is_some_and(|end| end == "deb")) {
        return take_typed(shared, &path.display().to_string());
    }
    let source = path.map_or_else(|| Source::of(from), Source::Path);
    let name = match &source {
        Source::Path(path) => path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        Source::Stdin => "-".to_owned(),
        Source::Url(url) => url.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    load(shared, From { source, name, typed: None });
}

/// Takes a typed list: it is kept as a file of the desk, so that whatever reads files reads it.
pub(crate) fn take_typed(shared: &Arc<Shared>, text: &str) {
    let path = shared.desk.home.cache.join("typed.txt");
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    if let Err(error) = std::fs::write(&path, &text) {
        return shared.complain(&error);
    }
    load(shared, From { source: Source::Path(path), name: String::new(), typed: Some(text) });
}

pub(crate) fn clear(shared: &Arc<Shared>) {
    shared.change(|state| {
        if let Some(task) = state.file.task.take() {
            task.abort();
        }
        state.file = FilePart::default();
        state.touch(View::File);
    });
}

/// The path in a `file:` address, or what is no address at all.
fn path_of(from: &str) -> Option<PathBuf> {
    if let Some(rest) = from.strip_prefix("file://") {
        return Some(PathBuf::from(rest));
    }
    matches!(Source::of(from), Source::Path(_)).then(|| PathBuf::from(from))
}

fn load(shared: &Arc<Shared>, from: From) {
    let work = {
        let (shared, from) = (Arc::clone(shared), from.clone());
        async move {
            loop {
                // Before it is read: what is saved meanwhile is another.
                let before = if let Source::Path(path) = &from.source { written(path) } else { None };
                read(&shared, &from).await;
                let Source::Path(path) = &from.source else { return Ok(()) };
                if from.typed.is_some() {
                    return Ok(());
                }
                saved_again(path, before).await;
            }
        }
    };
    shared.change(|state| {
        if let Some(task) = state.file.task.take() {
            task.abort();
        }
        // Begun while nothing else can change the state: what it reads comes after this.
        let task = Some(shared.spawn(work));
        state.file = FilePart { from: Some(from), is_reading: true, task, ..FilePart::default() };
        state.touch(View::File);
    });
}

async fn read(shared: &Arc<Shared>, from: &From) {
    let result = source::load(&from.source, &shared.desk.home, |_| {}).await;
    let (loaded, bad) = match result {
        Ok(loaded) => (Some(Arc::new(loaded)), None),
        Err(error) => (None, Some(bad(error, from))),
    };
    shared.change(|state| {
        state.file.is_reading = false;
        state.file.loaded = loaded;
        state.file.bad = bad;
        state.touch(View::File);
    });
}

/// Resolves when the file is another than it was.
async fn saved_again(path: &Path, before: Option<(SystemTime, u64)>) {
    while written(path) == before {
        tokio::time::sleep(WATCH_EVERY).await;
    }
}

fn written(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn bad(error: SourceError, from: &From) -> Bad {
    let whole = [Language::English, Language::French].map(|language| whole(language, &error, from));
    let SourceError::Invalid(invalid) = error else { return Bad { whole: Some(whole), ..Bad::default() } };
    let text = from.typed.clone().or_else(|| match &from.source {
        Source::Path(path) => std::fs::read_to_string(path).ok(),
        Source::Stdin | Source::Url(_) => None,
    });
    // No line of it is wrong: there is none.
    let is_empty = text.as_ref().is_some_and(|text| !text.lines().any(is_content));
    let lines = text.unwrap_or_default();
    let lines = lines.get(..lines.len().min(TEXT_BYTES_MAX)).unwrap_or_default();
    let lines = lines.lines().take(LINES_SHOWN).map(str::to_owned).collect();
    Bad { problems: invalid.problems, lines, whole: is_empty.then(|| empty(&from.name)) }
}

/// Whether a line says anything to Framboise.
pub(crate) fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn empty(name: &str) -> [(String, String); 2] {
    [
        (format!("{name} lists no package"), "Write one a line, such as vim, and save it."),
        (format!("{name} ne nomme aucun paquet"), "Écrivez-en un par ligne, par exemple vim, et enregistrez."),
    ]
    .map(|(what, now)| (visible(&what), now.to_owned()))
}

/// What is wrong with a .deb, in French, and what now.
fn deb(problem: &DebError) -> (String, &'static str) {
    match problem {
        DebError::NotRead(error) => (
            format!("il n'a pas pu être lu ({})", reason(Language::French, error)),
            "Les chemins partent du dossier du fichier de mise à jour ; vérifiez qu'il y est.",
        ),
        DebError::NotFetched(why) => (
            format!("il n'a pas pu être téléchargé : {why}"),
            "Vérifiez l'adresse, ou téléchargez-le et nommez le fichier.",
        ),
        DebError::NotADeb => (
            "ce n'est pas un paquet Debian".to_owned(),
            "Nommez un fichier .deb ; ce qui est venu est peut-être une page d'erreur.",
        ),
        DebError::TooBig(bytes_max) => (
            format!("il dépasse {}", crate::words::bytes(Language::French, *bytes_max)),
            "Mettez-le dans une archive que les Pi utilisent.",
        ),
        DebError::LocalInRemoteList => (
            "une liste du réseau ne peut pas nommer de fichier de cet ordinateur".to_owned(),
            "Téléchargez d'abord la liste et donnez-la comme fichier, ou nommez le .deb par son adresse.",
        ),
    }
}

/// What is wrong with the file as a whole, and what now.
fn whole(language: Language, error: &SourceError, from: &From) -> (String, String) {
    let name = &from.name;
    let english = || (visible(&chain(error)), error.next_step());
    if language == Language::English {
        return english();
    }
    let (what, now) = match error {
        SourceError::NotRead { source, .. } => (
            format!("{name} n'a pas pu être lu : {}", reason(language, source)),
            "Vérifiez le chemin et vos droits de lecture.",
        ),
        SourceError::NotFetched { url, reason } => (
            format!("{url} n'a pas pu être téléchargé : {reason}"),
            "Vérifiez l'adresse, ou téléchargez le fichier et choisissez-le.",
        ),
        SourceError::WebPage { name } => {
            (format!("{name} est une page web, pas une liste"), "Donnez l'adresse du fichier lui-même.")
        }
        SourceError::TooBig { bytes_max, .. } => (
            format!("{name} dépasse {}", crate::words::bytes(language, *bytes_max)),
            "Partagez la liste, ou vérifiez que c'est le bon fichier.",
        ),
        SourceError::NotText { line, .. } => (
            format!("{name} n'est pas du texte en UTF-8 : la ligne {line} contient d'autres octets"),
            "Enregistrez-le en texte UTF-8, un paquet par ligne.",
        ),
        SourceError::Deb { name, problem } => {
            let (what, now) = deb(problem);
            (format!("{name} : {what}"), now)
        }
        SourceError::Invalid(_) | SourceError::NotPrinted { .. } => return english(),
    };
    (visible(&what), now.to_owned())
}
