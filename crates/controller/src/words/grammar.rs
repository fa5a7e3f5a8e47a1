//! What an update file should say at a place, in French. The domain's own words are English.

use framboise_core::text::visible;

/// What stands for a part that differs from file to file.
const HOLE: &str = "{}";

/// The domain's words, and what stands for them; holes are kept, in their order.
const PHRASES: [(&str, &str); 47] = [
    ("a package name; write one, such as vim", "un nom de paquet ; écrivez-en un, par exemple vim"),
    (
        "a package name: options are not taken; write names only, such as vim",
        "un nom de paquet, pas une option ; n'écrivez que des noms, par exemple vim",
    ),
    (
        "a package name: nothing here goes through a shell; write names only, such as vim",
        "un nom de paquet : rien ici ne passe par un shell ; n'écrivez que des noms, par exemple vim",
    ),
    (
        "a package name: apt's patterns are not taken; write the full name",
        "un nom de paquet : les motifs d'apt ne sont pas pris ; écrivez le nom entier",
    ),
    (
        "a package name: of paths only those of .deb files are taken, such as ./x.deb",
        "un nom de paquet : de chemins, seuls ceux de .deb sont pris, par exemple ./x.deb",
    ),
    ("a package name; for the file write {}", "un nom de paquet ; pour le fichier, écrivez {}"),
    ("a package name: those are in lower case; write {}", "un nom de paquet : ils sont en minuscules ; écrivez {}"),
    (
        "a package name: one - at the end removes the package, two are too many",
        "un nom de paquet : un - à la fin retire le paquet, deux sont de trop",
    ),
    (
        "a package name: those have at least two characters, lower-case letters, digits and + - . only",
        "un nom de paquet : au moins deux caractères, minuscules, chiffres et + - . seulement",
    ),
    (
        "a package that can go: a - at the end removes, and no system runs without {}; write the name that you mean",
        "un paquet qui peut partir : un - à la fin retire, et aucun système ne marche sans {} ; écrivez le nom voulu",
    ),
    (
        "a package, but this lists no package; write packages = [\"vim\"]",
        "un paquet, mais il n'y en a aucun ; écrivez packages = [\"vim\"]",
    ),
    ("a package, but this lists no package; {}", "un paquet, mais il n'y en a aucun ; un par ligne, par exemple vim"),
    ("one package; write one a line", "un seul paquet ; un par ligne"),
    (
        "name=version: versions with * ? [ are not taken; write the full version",
        "nom=version : pas de * ? [ ; écrivez la version entière",
    ),
    (
        "name=version: a version starts with a digit, has letters, digits and . + - ~ : only, and no - at its end",
        "nom=version : une version commence par un chiffre, n'a que lettres, chiffres et . + - ~ :, et ne finit pas par -",
    ),
    (
        "name:architecture, such as libc6:arm64; for the device's own write the name alone",
        "nom:architecture, par exemple libc6:arm64 ; pour celle du Pi, le nom seul",
    ),
    (
        "name/suite: a suite is a word such as bookworm-backports",
        "nom/suite : une suite est un mot comme bookworm-backports",
    ),
    ("known: after @ only @security and @upgrade are", "connu : après @, seuls @security et @upgrade le sont"),
    (
        "the address of a package file (http:// or https://, its path ending in .deb)",
        "l'adresse d'un paquet (http:// ou https://, finissant par .deb)",
    ),
    (
        "the path of one package file; write it in full, without blanks or * ? [ (such as ./x.deb)",
        "le chemin d'un paquet ; en entier, sans blanc ni * ? [ (par exemple ./x.deb)",
    ),
    ("sha256: and 64 hexadecimal digits", "sha256: et 64 chiffres hexadécimaux"),
    ("within the limit of {} bytes; split the list", "dans la limite de {} octets ; partagez la liste"),
    ("within the limit of {} packages; split the list", "dans la limite de {} paquets ; partagez la liste"),
    ("within the limit of {} checks", "dans la limite de {} contrôles"),
    (
        "compatible with {} on line {}, column {}; keep one of the two",
        "compatible avec {} à la ligne {}, colonne {} ; gardez l'un des deux",
    ),
    ("compatible with {} on line {}; keep one of the two", "compatible avec {} à la ligne {} ; gardez l'un des deux"),
    (
        "allowed in an update file: it is a control character; delete it",
        "permis dans un fichier : c'est un caractère de contrôle ; effacez-le",
    ),
    ("TOML here: {}", "du TOML ici : {}"),
    ("a key known here: {}", "une clé connue ici : {}"),
    (
        "a list of packages, such as packages = [\"vim\", \"nano-\"]",
        "une liste de paquets, par exemple packages = [\"vim\", \"nano-\"]",
    ),
    ("a package: write it in quotes, such as \"vim\"", "un paquet : écrivez-le entre guillemets, par exemple \"vim\""),
    (
        "a choice known here: when = \"never\", \"if-required\" or \"always\"",
        "un choix connu ici : when = \"never\", \"if-required\" ou \"always\"",
    ),
    ("a table with run = true or false", "une table avec run = true ou false"),
    ("true or false", "true ou false"),
    ("a table of checks: write [checks.NAME]", "une table de contrôles : écrivez [checks.NOM]"),
    (
        "a check's name: letters, digits, - and _ only, at most 64",
        "un nom de contrôle : lettres, chiffres, - et _ seulement, 64 au plus",
    ),
    (
        "a check: write [checks.NAME] and below it one of command, http, tcp, unit",
        "un contrôle : écrivez [checks.NOM] et au-dessous l'un de command, http, tcp, unit",
    ),
    (
        "a whole check: add one of command, http, tcp, unit",
        "un contrôle complet : ajoutez l'un de command, http, tcp, unit",
    ),
    ("one check: it has {} and {}; make them two", "un seul contrôle : il a {} et {} ; faites-en deux"),
    (
        "an address in quotes, such as \"http://localhost:80/\"",
        "une adresse entre guillemets, par exemple \"http://localhost:80/\"",
    ),
    (
        "a host and port in quotes, such as \"localhost:80\"",
        "un hôte et un port entre guillemets, par exemple \"localhost:80\"",
    ),
    ("a unit in quotes, such as \"nginx.service\"", "une unité entre guillemets, par exemple \"nginx.service\""),
    (
        "a program and its arguments, each in quotes, such as [\"systemctl\", \"is-active\", \"nginx\"]",
        "un programme et ses arguments, chacun entre guillemets, par exemple [\"systemctl\", \"is-active\", \"nginx\"]",
    ),
    ("a whole number from {} to {}", "un nombre entier de {} à {}"),
    (
        "an http:// address such as http://localhost:80/ (for https write command = [\"curl\", …])",
        "une adresse http:// comme http://localhost:80/ (pour https, écrivez command = [\"curl\", …])",
    ),
    ("a host and port such as localhost:80", "un hôte et un port comme localhost:80"),
    (
        "a systemd unit with its suffix, such as nginx.service",
        "une unité systemd avec son suffixe, par exemple nginx.service",
    ),
];

/// What should be there, and what to do about it.
pub fn expected_in_french(expected: &str) -> String {
    let translated = PHRASES.iter().find_map(|(english, french)| Some(filled(french, &parts(english, expected)?)));
    visible(&translated.unwrap_or_else(|| expected.to_owned()))
}

/// What stands in the holes of a phrase, when the text is that phrase.
fn parts<'a>(phrase: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = phrase.split(HOLE);
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    for piece in pieces {
        let (part, after) = if piece.is_empty() { (rest, "") } else { rest.split_once(piece)? };
        parts.push(part);
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

fn filled(phrase: &str, parts: &[&str]) -> String {
    let mut text = String::new();
    let mut parts = parts.iter();
    for (at, piece) in phrase.split(HOLE).enumerate() {
        if at > 0 {
            text.push_str(parts.next().copied().unwrap_or_default());
        }
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::update_file::{UpdateFile, UpdateFileError};

    fn assert_french(error: &UpdateFileError) {
        assert!(!error.problems.is_empty());
        for problem in &error.problems {
            let is_known = PHRASES.iter().any(|(english, _)| parts(english, &problem.expected).is_some());
            assert!(is_known, "{}: {}", problem.found, problem.expected);
        }
    }

    #[test]
    fn whatever_is_wrong_with_a_list_is_told_in_french() {
        let list = "-foo\nvim;ls\nvim*\na/b/c\nx.deb\nVim\nvim--\nx\nvim nano\nvim=1*\nvim=x\nvim:armfh_\nvim/BAD/\n@all\n\
                    http://x/y\n./a b.deb\nsha256:1234567890123456789012345678901234567890\nnano\nnano-\nlibc6-\n";
        assert_french(&UpdateFile::parse_plain("list", list).unwrap_err());
        for list in ["# nothing\n", "vim\u{1b}[2J\n", &"vim\n".repeat(300_000)] {
            assert_french(&UpdateFile::parse_plain("list", list).unwrap_err());
        }
    }

    #[test]
    fn whatever_is_wrong_with_a_toml_file_is_told_in_french() {
        for file in [
            "packages = [",
            "packages = \"vim\"\nreboot = 1\nhooks = 1\nchecks = 1\nother = 1\n",
            "packages = []\n",
            "packages = [1, \"Vim\", \"nano\", \"nano-\"]\n[reboot]\nwhen = \"now\"\n[hooks]\nrun = 1\n",
            "packages = [\"vim\"]\n[checks]\na = 1\n[checks.\"-\"]\nunit = 1\n[checks.b]\n[checks.c]\nunit = \"x\"\ntcp = 1\n\
             [checks.d]\ncommand = []\n[checks.e]\nhttp = 1\nretries = -1\n[checks.f]\nhttp = \"x\"\n[checks.g]\ntcp = 1\n\
             [checks.h]\ntcp = \"x\"\n[checks.i]\nunit = \"x\"\n",
        ] {
            assert_french(&UpdateFile::parse_toml("file.toml", file).unwrap_err());
        }
        let checks: String = (0..65).map(|at| format!("[checks.c{at}]\nunit = \"x.service\"\n")).collect();
        assert_french(&UpdateFile::parse_toml("f", &format!("packages = [\"vim\"]\n{checks}")).unwrap_err());
    }

    #[test]
    fn what_differs_is_kept() {
        assert_eq!(
            expected_in_french("one check: it has http and tcp; make them two"),
            "un seul contrôle : il a http et tcp ; faites-en deux"
        );
        assert_eq!(
            expected_in_french("a package name; for the file write ./x.deb"),
            "un nom de paquet ; pour le fichier, écrivez ./x.deb"
        );
        assert_eq!(expected_in_french("something new"), "something new");
    }
}
