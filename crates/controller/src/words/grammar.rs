//! What an update file should say at a place, in French. The domain's own words are English.

use framboise_core::text::visible;

/// The beginning of the domain's words, and what stands for it; what follows is kept. Longest first where one begins another.
const PHRASES: [(&str, &str); 27] = [
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
    ("a package name; for the file write ", "un nom de paquet ; pour le fichier, écrivez "),
    ("a package name: those are in lower case; write ", "un nom de paquet : ils sont en minuscules ; écrivez "),
    (
        "a package name: one - at the end removes the package, two are too many",
        "un nom de paquet : un - à la fin retire le paquet, deux sont de trop",
    ),
    (
        "a package name: those have at least two characters, lower-case letters, digits and + - . only",
        "un nom de paquet : au moins deux caractères, minuscules, chiffres et + - . seulement",
    ),
    ("a package, but this lists no package; ", "un paquet, mais il n'y en a aucun ; un par ligne, par exemple vim. "),
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
    ("within the limit of ", "dans la limite de "),
    ("compatible with ", "compatible avec "),
    (
        "allowed in an update file: it is a control character; delete it",
        "permis dans un fichier : c'est un caractère de contrôle ; effacez-le",
    ),
    ("one check: it has ", "un seul contrôle : il a "),
    ("a table", "une table"),
    ("a list", "une liste"),
    ("text", "du texte"),
    ("known", "connu"),
];

/// What should be there, and what to do about it.
pub fn expected_in_french(expected: &str) -> String {
    let translated = PHRASES.iter().find_map(|(english, french)| {
        let rest = expected.strip_prefix(english)?;
        Some(format!("{french}{rest}"))
    });
    visible(&translated.unwrap_or_else(|| expected.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::update_file::UpdateFile;

    #[test]
    fn whatever_is_wrong_with_a_list_is_told_in_french() {
        let list = "-foo\nvim;ls\nvim*\na/b/c\nx.deb\nVim\nvim--\nx\nvim nano\nvim=1*\nvim=x\nvim:armfh_\nvim/BAD/\n@all\n\
                    http://x/y\n./a b.deb\nsha256:1234567890123456789012345678901234567890\nnano\nnano-\n\u{1b}[2J\n";
        let error = UpdateFile::parse_plain("list", list).unwrap_err();
        assert!(!error.problems.is_empty());
        for problem in error.problems {
            assert_ne!(expected_in_french(&problem.expected), problem.expected, "{}", problem.found);
        }
        let error = UpdateFile::parse_plain("list", "# nothing\n").unwrap_err();
        for problem in error.problems {
            assert_ne!(expected_in_french(&problem.expected), problem.expected);
        }
    }
}
