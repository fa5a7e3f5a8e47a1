//! Why something did not happen, and what now, in both languages and in the window's terms.

use super::Language;
use framboise_core::cause::{Cause, Failure};
use framboise_core::text::visible;

/// Of many things, as many as a line has room for.
const SHOWN: usize = 6;

/// The failure in a sentence, safe to show.
pub fn failure(language: Language, failure: &Failure) -> String {
    let french = match language {
        Language::English => None,
        Language::French => french_sentence(&failure.cause),
    };
    visible(&french.unwrap_or_else(|| failure.message.clone()))
}

/// What to do now on a device, in a sentence or two, safe to show.
pub fn next_step(language: Language, failure: &Failure, device: &str) -> String {
    let words = match language {
        Language::English => english_step(&failure.cause).map(str::to_owned),
        Language::French => french_step(&failure.cause),
    };
    visible(&words.unwrap_or_else(|| failure.next_step.clone()).replace("DEVICE", device))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "all others keep the domain's own words")]
/// Where the domain's own words speak of the command line, the window has its own.
fn english_step(cause: &Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::NotStaged { .. } => "Start the update again from the computer that has the .deb.",
        Cause::UnknownRestorePoint { .. } | Cause::UnknownOrder { .. } => {
            "See DEVICE's restore points in the side panel."
        }
        Cause::NoWayBack { .. } => "Leave these packages out, or include the Pi anyway in the plan.",
        Cause::DebMissing { .. } => "See which restore points still have all their .debs in the side panel.",
        Cause::NotSigned { .. } => {
            "On the Pi, add your key's line to /etc/framboise/operators. Menu, Your Key shows the line to copy."
        }
        Cause::NotForThisDevice => "Select this Pi too and start again.",
        Cause::SeedRoutesOff => "Use this window, or set seed_routes in /etc/framboise/framboise.toml on the Pi.",
        Cause::Busy { .. } => "Wait until it is done, then start again.",
        Cause::ChangedSincePlan { .. } | Cause::NotTheLock { .. } => {
            "Nothing was changed. Press Start Update or Send Rollback again for a new plan."
        }
        Cause::DiskFull { .. } => "Free space on DEVICE, then start again.",
        Cause::PointFixed { .. } => "Another restore point can go instead.",
        Cause::DpkgBroken { .. } => "Send Rollback to DEVICE.",
        Cause::Interrupted => "Check DEVICE's power supply and its card, then start again.",
        Cause::DeskSilent { .. } => "See whether the update broke the Pi's network; it went back because of that.",
        Cause::StateDiffers { .. } => "See What Differs in DEVICE's restore points.",
        _ => return None,
    })
}

#[expect(clippy::too_many_lines, reason = "one sentence a cause; a table reads best whole")]
fn french_sentence(cause: &Cause) -> Option<String> {
    Some(match cause {
        Cause::BadRequest { problem } => format!("la demande n'est pas comprise : {problem}"),
        Cause::BadList { problems } => format!("la liste de paquets n'est pas valable : {problems}"),
        Cause::UnknownPackage { package } => format!("les archives du Pi n'ont pas de paquet {package}"),
        Cause::VersionNotAvailable { package, version } => {
            format!("{package} {version} n'est pas dans les archives du Pi")
        }
        Cause::SuiteNotAvailable { package, suite } => format!("{package} n'est pas dans {suite} sur ce Pi"),
        Cause::NotInstallable { package } => format!("{package} est connu mais n'a aucune version à installer"),
        Cause::UnmetDependencies { packages } => list("des dépendances manquent", packages),
        Cause::Held { packages } => list("retenus sur le Pi", packages),
        Cause::EssentialRemoval { packages } => list("cela retirerait ce dont le système a besoin", packages),
        Cause::ForeignDeb { package } => format!("{package} est pour une autre architecture"),
        Cause::NotStaged { sha256 } => format!("le .deb {sha256} n'a pas été remis au Pi"),
        Cause::NothingRecorded => "rien n'est enregistré sur ce Pi vers quoi revenir".to_owned(),
        Cause::UnknownRestorePoint { id } => format!("le Pi n'a pas de point de retour {id}"),
        Cause::UnknownOrder { order } => format!("le Pi ne connaît pas l'ordre {order}"),
        Cause::NoWayBack { packages } => list("le retour n'est pas complet", packages),
        Cause::NotSigned { .. } => "l'ordre n'est pas signé par un opérateur de ce Pi".to_owned(),
        Cause::NotForThisDevice => "l'ordre ne nomme pas ce Pi".to_owned(),
        Cause::Replayed { counter, seen } => {
            format!("le compteur {counter} de l'ordre n'est pas au-dessus de {seen}, que le Pi a vu")
        }
        Cause::Expired { expired } => format!("l'ordre a expiré à {expired}"),
        Cause::SeedRoutesOff => "les demandes simples sont désactivées sur ce Pi".to_owned(),
        Cause::ForgedRequest { header } => {
            format!("refusé, une page web aurait pu l'envoyer (en-tête {header})")
        }
        Cause::Busy { .. } => "le Pi est occupé".to_owned(),
        Cause::ChangedSincePlan { differences } => list("le Pi a changé depuis le plan", differences),
        Cause::NotTheLock { differences } => list("apt ferait autre chose que prévu", differences),
        Cause::DiskFull { path, missing_bytes: Some(bytes) } => {
            format!("il manque {} Mo sur {path}", bytes.div_ceil(1_000_000))
        }
        Cause::DiskFull { path, missing_bytes: None } => format!("plus de place sur {path}"),
        Cause::ReadOnly { path } => format!("{path} est en lecture seule"),
        Cause::LockHeld { path, program, .. } => {
            format!("{} tient {path}", program.as_deref().unwrap_or("un autre programme"))
        }
        Cause::DpkgBroken { packages } => list("dpkg a laissé des paquets inachevés", packages),
        Cause::DpkgUnfinished { packages } => list("des paquets étaient déjà inachevés", packages),
        Cause::Interrupted => "le Pi s'est arrêté en plein milieu".to_owned(),
        Cause::RootSideUnreachable { problem } => format!("framboise-apply ne répond pas sur le Pi : {problem}"),
        Cause::DeviceFault { doing, problem } => format!("le Pi n'a pas pu faire ceci ({doing}) : {problem}"),
        Cause::FetchFailed { uri: Some(uri) } => format!("{uri} n'a pas pu être téléchargé"),
        Cause::FetchFailed { uri: None } => "l'archive est injoignable".to_owned(),
        Cause::HashMismatch { package: Some(package) } => {
            format!("{package} n'est pas le fichier prévu : son empreinte diffère")
        }
        Cause::HashMismatch { package: None } => "l'archive a envoyé autre chose que son index".to_owned(),
        Cause::UntrustedArchive { uri } => {
            format!("l'archive {} n'est pas signée par une clé de confiance", uri.as_deref().unwrap_or_default())
        }
        Cause::IndexExpired { wrong_clock: true } => {
            "l'index de l'archive n'est pas valable à l'heure du Pi, dont l'horloge semble fausse".to_owned()
        }
        Cause::IndexExpired { wrong_clock: false } => "l'index de l'archive a expiré".to_owned(),
        Cause::DebMissing { packages } => list("la réserve n'a pas ces .deb", packages),
        Cause::ScriptFailed { package, script: Some(script) } => format!("le script {script} de {package} a échoué"),
        Cause::ScriptFailed { package, script: None } => format!("un script de {package} a échoué"),
        Cause::DebConflict { package } => format!("{package} contient un fichier d'un autre paquet"),
        Cause::AptFailed { status: Some(status) } => format!("apt-get a fini avec le code {status}"),
        Cause::AptFailed { status: None } => "apt-get a été tué".to_owned(),
        Cause::DeskSilent { seconds } => format!("ce poste n'a pas rejoint le Pi en {seconds} s"),
        Cause::CheckFailed { check } => format!("contrôle {check} échoué"),
        Cause::StateDiffers { differences } => list("l'état n'est pas celui qu'il devrait être", differences),
        Cause::Stalled { package } => format!("{} n'avance plus", package.as_deref().unwrap_or("dpkg")),
        Cause::PointFixed { id, .. } => format!("le point de retour {id} reste"),
        Cause::BadName { problem } => format!("ce nom ne peut pas être donné : {problem}"),
        Cause::NotRestarted { tries } => format!("le Pi n'a pas redémarré, demandé {tries} fois"),
        Cause::Unknown => return None,
    })
}

#[expect(clippy::too_many_lines, reason = "one sentence a cause; a table reads best whole")]
fn french_step(cause: &Cause) -> Option<String> {
    let words = match cause {
        Cause::BadRequest { .. } => "Mettez Framboise à jour des deux côtés.",
        Cause::BadList { .. } => "Corrigez ce qui est nommé et relancez.",
        Cause::UnknownPackage { package } => {
            return Some(format!("Vérifiez l'orthographe ; sur le Pi : apt-cache search {package}"));
        }
        Cause::VersionNotAvailable { package, .. } => {
            return Some(format!("Voyez quelles versions il y a ; sur le Pi : apt-cache policy {package}"));
        }
        Cause::SuiteNotAvailable { suite, .. } => {
            return Some(format!("Ajoutez {suite} aux sources apt du Pi, ou retirez-la de la ligne."));
        }
        Cause::NotInstallable { package } => {
            return Some(format!("Nommez un paquet qui le fournit ; sur le Pi : apt-cache showpkg {package}"));
        }
        Cause::UnmetDependencies { .. } => "Ajoutez ce qui manque à la liste, ou aux sources apt du Pi.",
        Cause::Held { packages } => {
            return Some(format!("Libérez-les d'abord ; sur le Pi : sudo apt-mark unhold {}", packages.join(" ")));
        }
        Cause::EssentialRemoval { .. } => "Retirez de la liste le paquet qui est en conflit avec eux.",
        Cause::ForeignDeb { .. } => "Prenez le .deb de l'architecture du Pi.",
        Cause::NotStaged { .. } => "Relancez depuis l'ordinateur qui a le .deb.",
        Cause::NothingRecorded => "Rien à faire : Framboise n'a encore rien changé sur ce Pi.",
        Cause::UnknownRestorePoint { .. } | Cause::UnknownOrder { .. } => {
            "Voyez les points de retour de DEVICE dans le volet."
        }
        Cause::NoWayBack { .. } => "Retirez ces paquets, ou incluez quand même le Pi dans le plan.",
        Cause::NotSigned { .. } => {
            "Sur le Pi, ajoutez la ligne de votre clé à /etc/framboise/operators. Menu, Votre clé la montre."
        }
        Cause::NotForThisDevice => "Choisissez aussi ce Pi et relancez.",
        Cause::Replayed { .. } => "Envoyez un nouvel ordre ; un ancien n'est jamais refait.",
        Cause::Expired { .. } => "Refaites un plan, et vérifiez l'horloge de ce poste.",
        Cause::SeedRoutesOff => {
            "Utilisez cette fenêtre, ou mettez seed_routes dans /etc/framboise/framboise.toml sur le Pi."
        }
        Cause::ForgedRequest { .. } => "Envoyez-la avec curl ou Framboise, à l'adresse du Pi.",
        Cause::Busy { .. } => "Attendez qu'il ait fini, puis relancez.",
        Cause::ChangedSincePlan { .. } | Cause::NotTheLock { .. } => "Rien n'a changé. Relancez pour un nouveau plan.",
        Cause::DiskFull { path, .. } => {
            return Some(format!("Libérez de la place et relancez ; sur le Pi : df -h {path}"));
        }
        Cause::ReadOnly { .. } => {
            "Vérifiez la carte : usée, elle passe en lecture seule. Sur le Pi : sudo dmesg | tail"
        }
        Cause::LockHeld { .. } => "Attendez qu'il ait fini, puis relancez.",
        Cause::DpkgBroken { .. } => "Revenez en arrière sur DEVICE.",
        Cause::DpkgUnfinished { .. } => {
            "Achevez-les d'abord ; sur le Pi : sudo dpkg --configure -a && sudo apt-get -f install"
        }
        Cause::Interrupted => "Vérifiez l'alimentation et la carte de DEVICE, puis relancez.",
        Cause::RootSideUnreachable { .. } => "Sur le Pi : systemctl status framboise-apply.socket",
        Cause::DeviceFault { .. } => "Voyez son journal ; sur le Pi : journalctl -u framboise-apply",
        Cause::FetchFailed { .. } => "Vérifiez le réseau du Pi et ses sources apt, puis relancez.",
        Cause::HashMismatch { .. } => "Relancez ; si cela reste, le miroir ou un proxy altère les fichiers.",
        Cause::UntrustedArchive { .. } => {
            "Installez la clé de l'archive sur le Pi ; Framboise ne prend jamais de paquet non signé."
        }
        Cause::IndexExpired { wrong_clock: true } => "Réglez l'horloge du Pi ; sur le Pi : timedatectl",
        Cause::IndexExpired { wrong_clock: false } => "Le miroir est périmé : prenez-en un autre dans les sources apt.",
        Cause::DebMissing { .. } => {
            "Reliez le Pi à son archive et relancez ; un retour peut viser un point de restauration plus récent."
        }
        Cause::ScriptFailed { .. } => {
            "Lisez les dernières lignes du script ; laissez ce paquet de côté tant qu'il n'est pas réparé."
        }
        Cause::DebConflict { .. } => "Retirez l'autre paquet dans la même liste, ou signalez-le à son mainteneur.",
        Cause::AptFailed { .. } => "Lisez les dernières lignes d'apt : elles nomment ce qui manque.",
        Cause::DeskSilent { .. } => "Voyez si la mise à jour a coupé le réseau du Pi ; il est revenu à cause de cela.",
        Cause::CheckFailed { .. } => "Lisez ce que dit le contrôle, corrigez, et relancez.",
        Cause::StateDiffers { .. } => "Voyez Différences dans les points de retour de DEVICE.",
        Cause::Stalled { .. } => "Regardez le Pi, un script y attend peut-être ; Framboise ne tue jamais dpkg.",
        Cause::PointFixed { .. } => "Un autre point de retour peut partir.",
        Cause::BadName { .. } => "Choisissez un autre nom.",
        Cause::NotRestarted { .. } => "Voyez ce qui le retient ; sur le Pi : systemctl list-jobs",
        Cause::Unknown => return None,
    };
    Some(words.to_owned())
}

fn list<T: std::fmt::Display>(sentence: &str, things: &[T]) -> String {
    if things.is_empty() {
        return sentence.to_owned();
    }
    let shown: Vec<String> = things.iter().take(SHOWN).map(|thing| visible(&thing.to_string())).collect();
    let more = match things.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" et {more} autres"),
    };
    format!("{sentence} : {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures() -> Vec<Failure> {
        let list = || vec!["vim".to_owned()];
        [
            Cause::CheckFailed { check: "web".into() },
            Cause::DiskFull { path: "/".into(), missing_bytes: Some(212_000_000) },
            Cause::NotSigned { problem: "unknown key".into() },
            Cause::NoWayBack { packages: list() },
            Cause::ChangedSincePlan { differences: list() },
            Cause::Busy { order: None },
            Cause::Interrupted,
            Cause::DpkgBroken { packages: list() },
            Cause::StateDiffers { differences: list() },
        ]
        .into_iter()
        .map(Failure::from)
        .collect()
    }

    #[test]
    fn no_step_of_the_window_sends_anyone_to_the_command_line() {
        for cause in failures() {
            for language in [Language::English, Language::French] {
                let step = next_step(language, &cause, "kiosk-04");
                assert!(!step.contains("framboise ") && !step.contains("--"), "{step}");
                assert!(!step.contains("DEVICE"), "{step}");
            }
        }
    }

    #[test]
    fn french_is_french() {
        for cause in failures() {
            assert_ne!(failure(Language::French, &cause), failure(Language::English, &cause));
        }
        let cut = Failure::from(Cause::CheckFailed { check: "web\u{1b}[2J".into() });
        assert!(!failure(Language::French, &cut).contains('\u{1b}'));
    }
}
