//! What goes wrong on the operator's own computer: the desk's files, its key, its networks.

use super::Language;
use super::doing::capital;
use super::problems::{Problem, chain};
use framboise_core::text::visible;
use framboise_fleet::discovery::{NetworkError, ScanError, ScanProblem, ScanSummary};
use framboise_fleet::inspect::LookError;
use framboise_fleet::keys::KeyError;
use framboise_fleet::plan::StageError;
use framboise_fleet::receipts::ReceiptError;
use framboise_fleet::run::OrderError;
use framboise_fleet::store::StoreError;
use std::error::Error;
use std::io;

/// What, and what now: in English, in French.
type Words = [(String, &'static str); 2];

impl Problem {
    /// Of an error of the desk. One that has no words here keeps its own.
    pub(crate) fn of_desk(language: Language, error: &(dyn Error + 'static)) -> Self {
        let (what, now) = match (words(error), language) {
            (Some([_, french]), Language::French) => french,
            (Some([english, _]), Language::English) => english,
            (None, _) => (chain(error), ""),
        };
        Problem { what: visible(&what), now: now.to_owned(), detail: Vec::new() }
    }
}

fn words(error: &(dyn Error + 'static)) -> Option<Words> {
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return Some(of_store(error));
    }
    if let Some(error) = error.downcast_ref::<KeyError>() {
        return Some(of_key(error));
    }
    if let Some(ScanError::Interfaces(why)) = error.downcast_ref::<ScanError>() {
        return Some([
            (chain(error), "Scan again; the network of this computer may be starting."),
            (
                format!("Les réseaux de cet ordinateur n'ont pas pu être lus : {}", reason(Language::French, why)),
                "Relancez la recherche ; le réseau de cet ordinateur démarre peut-être.",
            ),
        ]);
    }
    if let Some(error) = error.downcast_ref::<NetworkError>() {
        return Some(of_network(error));
    }
    // What wraps one of the above.
    if let Some(OrderError::Key(inner)) = error.downcast_ref() {
        return Some(of_key(inner));
    }
    if let Some(OrderError::Store(inner)) = error.downcast_ref() {
        return Some(of_store(inner));
    }
    if let Some(StageError::Key(inner)) = error.downcast_ref() {
        return Some(of_key(inner));
    }
    if let Some(StageError::Store(inner)) = error.downcast_ref() {
        return Some(of_store(inner));
    }
    match error.downcast_ref()? {
        LookError::Store(inner) | LookError::Receipts(ReceiptError::Store(inner)) => Some(of_store(inner)),
        LookError::Receipts(ReceiptError::NotHeld { device, .. }) => Some([
            (chain(error), "Somebody between desk and Pi may alter what passes: do not rely on it."),
            (
                format!("Un reçu de {device} n'est pas valable"),
                "Quelqu'un altère peut-être ce qui passe entre ce poste et le Pi : ne vous y fiez pas.",
            ),
        ]),
        LookError::Call(_)
        | LookError::Receipts(ReceiptError::Call(_))
        | LookError::NoPoint(_)
        | LookError::NoOrder(_)
        | LookError::Lost { .. } => None,
    }
}

fn of_network(error: &NetworkError) -> Words {
    const EXAMPLE: [&str; 2] = [
        "Write it such as 192.168.1.0/24, or one address such as 192.168.1.20.",
        "Écrivez-le comme 192.168.1.0/24, ou une adresse comme 192.168.1.20.",
    ];
    match error {
        NetworkError::NotANetwork { text } => [
            (format!("{text} is no IPv4 network, and no address"), EXAMPLE[0]),
            (format!("{text} n'est ni un réseau IPv4, ni une adresse"), EXAMPLE[1]),
        ],
        NetworkError::TooLarge { count, prefix_bits_min } => [
            (format!("{count} addresses would take hours: a /{prefix_bits_min} at most"), EXAMPLE[0]),
            (format!("{count} adresses prendraient des heures : un /{prefix_bits_min} au plus"), EXAMPLE[1]),
        ],
    }
}

/// What kept a scan from asking, in one sentence.
pub(crate) fn scan_problem(language: Language, summary: &ScanSummary) -> Option<String> {
    let asking = summary.problems.iter().find_map(|problem| match problem {
        ScanProblem::Asking(why) => Some(why),
        ScanProblem::Listening(_) => None,
    });
    let count = summary.not_asked;
    let sentence = match (asking, summary.problems.first()?, language) {
        (Some(why), _, Language::English) => {
            format!("{count} {} could not be asked: {why}", if count == 1 { "address" } else { "addresses" })
        }
        (Some(why), _, Language::French) if count < 2 => {
            format!("{count} adresse n'a pas pu être interrogée : {why}")
        }
        (Some(why), _, Language::French) => format!("{count} adresses n'ont pas pu être interrogées : {why}"),
        (None, problem, Language::English) => problem.to_string(),
        (None, ScanProblem::Listening(why) | ScanProblem::Asking(why), Language::French) => {
            format!("les agents qui s'annoncent n'ont pas pu être entendus : {why}")
        }
    };
    Some(capital(&visible(&sentence)))
}

fn of_store(error: &StoreError) -> Words {
    match error {
        StoreError::Database { path, source } => [
            (chain(error), "Check the disk, and that you may write there."),
            (
                format!("{} n'a pas pu être utilisé : {source}", path.display()),
                "Vérifiez le disque, et que vous pouvez y écrire.",
            ),
        ],
        StoreError::Newer { path, .. } => [
            (chain(error), "Update Framboise on this computer."),
            (
                format!("{} vient d'une version plus récente de Framboise", path.display()),
                "Mettez Framboise à jour sur cet ordinateur.",
            ),
        ],
        StoreError::Stopped => [
            (chain(error), "Try again."),
            ("La mémoire de ce poste s'est arrêtée en plein milieu".to_owned(), "Réessayez."),
        ],
    }
}

fn of_key(error: &KeyError) -> Words {
    match error {
        KeyError::File { path, source, .. } => [
            (chain(error), "Check the directory, and that you may read and write there."),
            (
                format!("{} n'a pas pu être lu ou écrit : {}", path.display(), reason(Language::French, source)),
                "Vérifiez le dossier, et que vous pouvez y lire et écrire.",
            ),
        ],
        KeyError::Open { path } => [
            (chain(error), "Keep it to yourself: take the rights of all others away, then try again."),
            (
                format!("{} peut être lu par d'autres que vous", path.display()),
                "Gardez-le pour vous : retirez les droits des autres, puis réessayez.",
            ),
        ],
        KeyError::Malformed { path } => [
            (chain(error), "Put a copy of it back, or move it away: a new key is made, which the Pis must be told."),
            (
                format!("{} ne contient pas de clé que cette version comprend", path.display()),
                "Remettez-en une copie, ou écartez-le : une nouvelle clé est faite, à dire aux Pi.",
            ),
        ],
        KeyError::Random(_) => [
            (chain(error), "Try again."),
            ("Le système n'a pas donné de nombres aléatoires pour une clé".to_owned(), "Réessayez."),
        ],
    }
}

/// Why the system could not.
#[allow(clippy::wildcard_enum_match_arm, reason = "the system knows many more")]
pub(crate) fn reason(language: Language, error: &io::Error) -> String {
    let own = || error.to_string().split(" (os error").next().unwrap_or_default().to_owned();
    if language == Language::English {
        return own();
    }
    match error.kind() {
        io::ErrorKind::NotFound => "il n'existe pas".to_owned(),
        io::ErrorKind::PermissionDenied => "accès refusé".to_owned(),
        io::ErrorKind::IsADirectory => "c'est un dossier".to_owned(),
        io::ErrorKind::StorageFull => "plus de place".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "le disque est en lecture seule".to_owned(),
        _ => own(),
    }
}

/// Why a device is not reached; what the system says that is not known here stays as it is.
pub(crate) fn unreached(language: Language, reason: &str) -> &str {
    if language == Language::English {
        return reason;
    }
    match reason {
        "no answer in time" => "pas de réponse à temps",
        "connection refused" => "connexion refusée",
        "connection reset by peer" | "broken pipe" | "connection closed before message completed" => "connexion coupée",
        "no route to host" | "host is down" => "aucun chemin vers lui",
        "network is unreachable" => "réseau injoignable",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_desk_has_its_words_and_next_step_in_both_languages() {
        let key = || KeyError::Open { path: "/home/ada/key".into() };
        let errors: [Box<dyn Error>; 5] = [
            Box::new(StoreError::Stopped),
            Box::new(key()),
            Box::new(OrderError::Key(key())),
            Box::new(StageError::Key(key())),
            Box::new(LookError::Store(StoreError::Stopped)),
        ];
        for error in errors {
            let [english, french] = [Language::English, Language::French].map(|l| Problem::of_desk(l, error.as_ref()));
            assert!(!english.now.is_empty() && !french.now.is_empty(), "{error}");
            assert_ne!(english.what, french.what);
        }
        let problem = Problem::of_desk(Language::French, &OrderError::Key(key()));
        assert_eq!(problem.what, "/home/ada/key peut être lu par d'autres que vous");
    }
}
