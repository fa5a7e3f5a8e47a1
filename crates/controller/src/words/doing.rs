//! What a device is doing, or did last, in one line.

use super::{Language, bytes, clock, failure, when};
use framboise_core::event::{Event, EventKind};
use framboise_core::text::visible;
use framboise_core::transaction::State;
use framboise_fleet::run::{Doing, Progress, Verdict};

/// What goes on, as the row of the device says it.
pub fn doing_of_device(language: Language, progress: &Progress) -> String {
    if progress.verdict().is_none()
        && let Some(since) = progress.lost_since()
    {
        if is_restarting(progress) {
            return language.pick("Restarting, not reached yet", "Redémarrage, pas encore joignable").to_owned();
        }
        let since = clock(since);
        return match language {
            Language::English => format!("No answer since {since}, asking on"),
            Language::French => format!("Sans réponse depuis {since}, on redemande"),
        };
    }
    doing(language, progress.doing())
}

/// Whether it left to come back.
pub(crate) fn is_restarting(progress: &Progress) -> bool {
    matches!(progress.doing(), Doing::In(State::Restarting))
}

/// What goes on.
pub fn doing(language: Language, doing: &Doing) -> String {
    let pick = |english: &str, french: &str| language.pick(english, french).to_owned();
    match doing {
        Doing::Sending => pick("Sending the order", "Envoi de l'ordre"),
        Doing::Ordered => pick("Order received", "Ordre reçu"),
        Doing::In(state) => in_state(language, *state).to_owned(),
        Doing::Waiting(reason) => format!("{}{}", language.pick("Waiting: ", "Attente : "), failure(language, reason)),
        Doing::Downloading(done, total) => {
            let (done, total) = (bytes(language, *done), bytes(language, *total));
            match language {
                Language::English => format!("Downloading {done} of {total}"),
                Language::French => format!("Téléchargement, {done} sur {total}"),
            }
        }
        Doing::Package { package, phase, is_back } => {
            let back = if *is_back { language.pick("Going back: ", "Retour : ") } else { "" };
            let words = format!("{back}{} {}", phase_word(language, phase), visible(package));
            capital(&words)
        }
        Doing::AwaitingDesk => pick("Asking for this desk", "Demande si ce poste répond"),
        Doing::Failed(cause) => capital(&failure(language, cause)),
        Doing::Ended(verdict, cause, has_remarks) => ended(language, *verdict, cause.as_deref(), !has_remarks),
    }
}

/// That a device went back, after why it did.
pub(crate) fn back(language: Language, is_exact: bool) -> &'static str {
    if is_exact {
        language.pick("; back exactly as before", " ; revenu exactement comme avant")
    } else {
        language.pick("; back, with remarks", " ; revenu, avec des remarques")
    }
}

fn ended(
    language: Language,
    verdict: Verdict,
    cause: Option<&framboise_core::cause::Failure>,
    is_exact: bool,
) -> String {
    let reason = || cause.map(|cause| capital(&failure(language, cause)));
    let pick = |english: &str, french: &str| language.pick(english, french).to_owned();
    match verdict {
        Verdict::Done => pick("Done just now", "Fait à l'instant"),
        Verdict::Ordered => pick("Has its order", "A son ordre"),
        Verdict::WentBack => match reason() {
            Some(reason) => format!("{reason}{}", back(language, is_exact)),
            None if !is_exact => pick("Went back, with remarks", "Revenu, avec des remarques"),
            None => pick("Went back, exactly as before", "Revenu, exactement comme avant"),
        },
        Verdict::Failed | Verdict::Refused | Verdict::NeedsYou => reason().unwrap_or_else(|| pick("Failed", "Échec")),
        Verdict::NotReached => pick("Not reached, nothing changed", "Injoignable, rien n'a changé"),
        Verdict::Lost => {
            pick("Lost sight of; it goes on, or back, by itself", "Perdu de vue ; il continue, ou revient, seul")
        }
    }
}

/// That nothing shows what a device did, and what now.
pub(crate) fn unproven(language: Language) -> (String, String) {
    let words = match language {
        Language::English => [
            "What answers at its address shows no receipt signed by it",
            "Scan Network: another Pi may have its address by now.",
        ],
        Language::French => [
            "Ce qui répond à son adresse ne montre aucun reçu signé par lui",
            "Scanner le réseau : un autre Pi a peut-être son adresse.",
        ],
    };
    let [what, now] = words.map(str::to_owned);
    (what, now)
}

fn in_state(language: Language, state: State) -> &'static str {
    match state {
        State::Received => language.pick("Checking that nothing changed", "Vérifie que rien n'a changé"),
        State::Planned => language.pick("Saving the way back", "Sauvegarde du retour"),
        State::Vaulted => language.pick("Downloading", "Téléchargement"),
        State::Downloaded => language.pick("About to begin", "Va commencer"),
        State::Applying => language.pick("Starting apt", "Lancement d'apt"),
        State::Restarting => language.pick("Restarting", "Redémarrage"),
        State::Checking => language.pick("Checking", "Contrôle"),
        State::Committed => language.pick("Done", "Fait"),
        State::RollingBack => language.pick("Going back", "Revient en arrière"),
        State::RolledBack => language.pick("Rolled back", "Revenu en arrière"),
        State::Failed => language.pick("Failed, nothing changed", "Échec, rien n'a changé"),
        State::NeedsYou => language.pick("Needs you", "À vérifier"),
    }
}

fn phase_word(language: Language, phase: &str) -> String {
    let french = match phase {
        "unpacking" => "dépaquetage de",
        "configuring" => "configuration de",
        "removing" => "retrait de",
        "preparing" => "préparation de",
        "installing" => "installation de",
        "installed" => "installé :",
        other => other,
    };
    visible(language.pick(phase, french))
}

/// The first letter large, unless the text begins with a name that is to be kept: a path, a package.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.ends_with("'s") || first.contains(|c: char| matches!(c, '-' | '/' | '.' | ':') || c.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[allow(clippy::wildcard_enum_match_arm, reason = "all others tell too little")]
/// A step of what happened: its mark and its sentence. None for what tells too little.
pub fn step_of(language: Language, event: &Event, packages: usize) -> Option<(&'static str, String)> {
    let count = |english: &str, french: &str| language.pick(english, french).replace('#', &packages.to_string());
    Some(match &event.kind {
        EventKind::State { state: State::Vaulted } => {
            ("tick", language.pick("Way back saved", "Retour sauvegardé").to_owned())
        }
        EventKind::State { state: State::Downloaded } => {
            ("tick", language.pick("All downloaded", "Tout est téléchargé").to_owned())
        }
        EventKind::State { state: State::Checking } if packages == 0 => {
            ("tick", language.pick("apt is done", "apt a fini").to_owned())
        }
        EventKind::State { state: State::Checking } => ("tick", count("Packages changed: #", "Paquets changés : #")),
        EventKind::State { state: State::Committed } => {
            ("tick", language.pick("Checked and kept", "Contrôlé et gardé").to_owned())
        }
        EventKind::State { state: State::RollingBack } => {
            ("back", language.pick("Putting it back", "Remise en place").to_owned())
        }
        EventKind::State { state: State::RolledBack } => {
            ("tick", language.pick("Compared with before", "Comparé avec l'état d'avant").to_owned())
        }
        EventKind::Failure { failure: cause } => ("cross", capital(&failure(language, cause))),
        _ => return None,
    })
}

/// `security.txt, 9 Nov 14:01`.
pub(crate) fn change_at(language: Language, what: &str, at: framboise_core::Timestamp) -> String {
    format!("{}, {}", visible(what), when(language, at))
}
