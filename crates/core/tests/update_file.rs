//! Update files: what they say, what they refuse and in which words, and that printing and reading are inverse.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use framboise_core::update_file::{
    Check, CheckKind, DebSource, ENTRIES_MAX, PackageSpec, RebootPolicy, TEXT_BYTES_MAX, UpdateFile, UpdateFileError,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn reads_every_form_of_the_plain_list() {
    let text = "\u{feff}# kiosk\r\nvim\r\n\r\n  g++ \t# trailing\nlibc6:armhf=2.36-9+deb12u7\nchromium/bookworm-backports\n\
                nano-\nlibx11-6:armhf-\n@security\n@upgrade\n./x.deb\n/a/b.deb\ndir/x.deb\nhttps://host/x_1.deb?a=b#c\n\
                sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let file = UpdateFile::parse("kiosk.txt", text).unwrap();
    let printed: Vec<String> = file.specs().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "vim",
            "g++",
            "libc6:armhf=2.36-9+deb12u7",
            "chromium/bookworm-backports",
            "nano-",
            "libx11-6:armhf-",
            "@security",
            "@upgrade",
            "./x.deb",
            "/a/b.deb",
            "dir/x.deb",
            "https://host/x_1.deb?a=b#c",
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ]
    );
    let places: Vec<(usize, usize)> = file.entries.iter().map(|entry| (entry.line, entry.column)).collect();
    assert_eq!(places[..3], [(2, 1), (4, 3), (5, 1)]);
}

#[test]
fn a_minus_at_the_end_removes_and_a_plus_belongs_to_the_name() {
    assert!(matches!(spec("vim-"), PackageSpec::Remove { .. }));
    assert!(matches!(spec("g++"), PackageSpec::Install { .. }));
    assert!(matches!(spec("g++-"), PackageSpec::Remove { .. }));
    // What no system does without can be named, and what is near it can go.
    assert!(matches!(spec("dpkg"), PackageSpec::Install { .. }));
    assert!(matches!(spec("dpkg-dev-"), PackageSpec::Remove { .. }));
    assert!(matches!(spec("dash:armhf-"), PackageSpec::Remove { .. }));
    assert!(matches!(spec("a/b.deb"), PackageSpec::Deb(DebSource::Path(_))));
    assert!(matches!(spec("http://h/b.deb"), PackageSpec::Deb(DebSource::Url(_))));
}

#[test]
fn reads_the_toml_form() {
    let file = UpdateFile::parse("kiosk.toml", KIOSK).unwrap();
    assert_eq!(file.to_plain(), "chromium\nnano-\n");
    assert_eq!((file.entries[1].line, file.entries[1].column), (4, 15));
    assert_eq!(file.reboot, RebootPolicy::IfRequired);
    assert!(!file.hooks.run);
    let web = &file.checks["web"];
    assert_eq!((web.timeout_seconds, web.retries), (5, 0));
    let CheckKind::Http(url) = &web.kind else { panic!("{web:?}") };
    assert_eq!(url.parts(), ("::1", 8080, "/health?full"));
    let port = &file.checks["port"];
    assert_eq!((port.timeout_seconds, port.retries), (10, 3));
    assert_eq!(UpdateFile::parse_toml("printed", &file.to_toml().unwrap()).unwrap(), file);
}

const KIOSK: &str = r#"
packages = [
  # the browser
  "chromium", "nano-",
]
[checks]
port.tcp = "localhost:80"
[checks.web]
http = "http://[::1]:8080/health?full"
timeout_seconds = 5
retries = 0
[checks.unit]
unit = "getty@tty1.service"
[checks.script]
command = ["sh", "-c", "test -e /run/ok\nexit 0"]
[reboot]
when = "if-required"
[hooks]
run = false
"#;

#[test]
fn reads_the_list_of_the_original_request() {
    let file = UpdateFile::parse_seed_list("vim, git\tcurl,,tree\r\n\n# mine\nfile #this\n").unwrap();
    assert_eq!(file.to_plain(), "vim\ngit\ncurl\ntree\nfile\n");
    let places: Vec<(usize, usize)> = file.entries.iter().map(|entry| (entry.line, entry.column)).collect();
    assert_eq!(places, [(1, 1), (1, 6), (1, 10), (1, 16), (4, 1)]);
    assert_eq!(problems(UpdateFile::parse_seed_list("foo;rm -rf /")), 3);
}

#[test]
fn drops_duplicates_and_tells_contradictions() {
    assert_eq!(UpdateFile::parse("a.txt", "vim\ngit\nvim\n").unwrap().to_plain(), "vim\ngit\n");
    let file = UpdateFile::parse("a.txt", "libc6\nlibc6:armhf\n").unwrap();
    assert_eq!(file.entries.len(), 2);
    for text in ["vim\nvim-", "vim=1\nvim=2", "vim\nvim=1", "vim/sid\nvim"] {
        let error = UpdateFile::parse("a.txt", text).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        assert_eq!(error.problems[0].line, 2);
        assert!(error.to_string().contains("on line 1"), "{error}");
    }
}

/// Each of them is refused whole: nothing of it can reach apt.
const WRONG: &[&str] = &[
    "-x",
    "--force-yes",
    "-oDPkg::Pre-Invoke::=reboot",
    "foo;rm -rf /",
    "foo$(reboot)",
    "`reboot`",
    "/etc/passwd",
    "../x",
    "vim/",
    "./x",
    "x.deb",
    "X.deb",
    "hel*",
    "^task",
    "task^",
    "hel.*",
    "hel?",
    "~nfoo",
    "?installed",
    "?name(vim)",
    "Vim",
    "v",
    "vim,git",
    "vim git",
    "vim--",
    "dpkg-",
    "libc-bin-",
    "vim-=1",
    "-",
    "--",
    "@",
    "@all",
    "vim=",
    "vim=1*",
    "vim=abc",
    "vim=2.0-",
    "vim=1=2",
    "vim:",
    "vim:any",
    "vim:arm64:armhf",
    "vim/sid-",
    "vim/sid/x",
    "ftp://h/x.deb",
    "http://h/x",
    "http:///x.deb",
    "https://h/a b.deb",
    "./*.deb",
    "~/x.deb",
    "-o/x.deb",
    "a b/x.deb",
    "sha256:00000000000000000000000000000000000",
    "sha256:g000000000000000000000000000000000000000000000000000000000000000",
    "café",
    "vim\u{200b}",
    "#x/y.deb-",
];

#[test]
fn refuses_what_names_no_package() {
    let told: Vec<String> =
        WRONG.iter().map(|text| told(UpdateFile::parse("kiosk.txt", &format!("vim\n {text}\n")))).collect();
    insta::assert_snapshot!("refused_entries", told.join("\n"));
}

#[test]
fn refuses_wrong_texts_as_a_whole() {
    let texts = ["", " \n# nothing\n", "vim\0\ngit", "vim # \u{202e}gnp\n", "vim\rgit", "\u{1b}[2J\n\u{9b}2J"];
    let told: Vec<String> = texts.iter().map(|text| told(UpdateFile::parse("kiosk.txt", text))).collect();
    insta::assert_snapshot!("refused_texts", told.join("\n"));
    assert!(told_by_seed("").contains("lists no package"));
}

#[test]
fn tells_all_problems_of_a_toml_file_at_once() {
    let text = r#"
packages = ["vim", "-x", 7, "", "hel.*", "vim-"]
pakages = []
[checks."a b"]
tcp = "localhost:80"
[checks.none]
retries = 1
[checks.two]
tcp = "localhost:80"
http = "http://localhost/"
[checks.ranges]
unit = "nginx"
timeout_seconds = 0
retries = 101
retires = 3
[checks.https]
http = "https://localhost/"
[checks.port]
tcp = "localhost"
[checks.types]
http = 80
timeout_seconds = "ten"
[checks.empty]
command = []
[checks.option]
command = ["-x"]
[checks.mixed]
command = ["true", 1]
[reboot]
when = "often"
[hooks]
run = "no"
before = true
"#;
    insta::assert_snapshot!("refused_toml", told(UpdateFile::parse("kiosk.toml", text)));
}

#[test]
fn tells_what_is_no_toml() {
    let texts = [
        "packages = [\"vim\"",
        "packages = vim",
        "vim\ngit\n",
        "packages = [\"a\x01\"]",
        "packages = \"vim\"",
        "packages = []",
        "checks = 1\nreboot = 2\nhooks = 3\n",
        "checks.web = 1\n",
        "packages = [\"vim\"]\npackages = [\"git\"]\n",
    ];
    let told: Vec<String> = texts.iter().map(|text| told(UpdateFile::parse("kiosk.toml", text))).collect();
    insta::assert_snapshot!("refused_toml_syntax", told.join("\n"));
}

#[test]
fn keeps_to_its_limits() {
    let many = |count: usize| (0..count).map(|at| format!("package{at}\n")).collect::<String>();
    assert_eq!(UpdateFile::parse("a", &many(ENTRIES_MAX)).unwrap().entries.len(), ENTRIES_MAX);
    let error = UpdateFile::parse("a", &many(ENTRIES_MAX + 2)).unwrap_err();
    assert_eq!((error.problems.len(), error.problems[0].line), (1, ENTRIES_MAX + 1), "{error}");
    let long = "vim\n".repeat(TEXT_BYTES_MAX / 4);
    assert!(UpdateFile::parse("a", &long).is_err_and(|error| !error.to_string().contains("bytes")));
    assert!(UpdateFile::parse("a", &format!("{long}v")).is_err_and(|error| error.to_string().contains("bytes")));
}

#[test]
fn checks_travel_as_json_and_are_read_strictly() {
    let check: Check = serde_json::from_str(r#"{"tcp":"localhost:80","timeout_seconds":10,"retries":3}"#).unwrap();
    let text = serde_json::to_string(&check).unwrap();
    assert_eq!(text, r#"{"tcp":"localhost:80","timeout_seconds":10,"retries":3}"#);
    for wrong in [
        r#"{"tcp":"localhost:80","timeout_seconds":0,"retries":3}"#,
        r#"{"tcp":"localhost:80","timeout_seconds":10,"retries":101}"#,
        r#"{"tcp":"localhost","timeout_seconds":10,"retries":3}"#,
        r#"{"ping":"localhost","timeout_seconds":10,"retries":3}"#,
        r#"{"unit":"-x.service","timeout_seconds":10,"retries":3}"#,
        r#"{"timeout_seconds":10,"retries":3}"#,
    ] {
        assert!(serde_json::from_str::<Check>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn printing_an_entry_and_reading_it_back_gives_the_same(text in entry_text()) {
        let spec: PackageSpec = text.parse().unwrap();
        prop_assert_eq!(spec.to_string(), text);
        prop_assert_eq!(spec.to_string().parse::<PackageSpec>().unwrap(), spec);
    }

    #[test]
    fn printing_a_file_and_reading_it_back_gives_the_same(file in update_file()) {
        prop_assert_eq!(&UpdateFile::parse_toml("printed", &file.to_toml().unwrap()).unwrap(), &file);
        let plain = UpdateFile { entries: file.entries, ..UpdateFile::default() };
        prop_assert_eq!(&UpdateFile::parse_plain("printed", &plain.to_plain()).unwrap(), &plain);
    }

    #[test]
    fn any_text_is_read_or_its_problems_have_places(text in any_text()) {
        for result in [
            UpdateFile::parse_plain("any", &text), UpdateFile::parse_toml("any", &text), UpdateFile::parse_seed_list(&text),
        ] {
            if let Err(error) = result {
                prop_assert!(!error.problems.is_empty());
                for problem in &error.problems {
                    prop_assert!(problem.line >= 1 && problem.line <= text.split('\n').count(), "{:?}", problem);
                    prop_assert!(problem.column >= 1, "{:?}", problem);
                }
                prop_assert!(error.to_string().chars().all(|c| c == '\n' || !c.is_control()));
            }
        }
    }

    #[test]
    fn what_is_read_names_no_option_glob_or_shell(text in "[-a-z0-9.*?~^$;/@=:+ ]{1,12}") {
        if let Ok(spec) = text.parse::<PackageSpec>() {
            let printed = spec.to_string();
            prop_assert!(!printed.starts_with('-') && !printed.contains(['*', '?', '^', '$', ';', ' ']), "{}", printed);
        }
    }
}

fn entry_text() -> impl Strategy<Value = String> {
    // The short ones of those that are never removed.
    let needed = ["bash", "dash", "dpkg", "grep", "gzip", "sed", "tar"];
    let name = "[a-z0-9][a-z0-9+.-]{0,12}[a-z0-9+]"
        .prop_filter("a file, or needed", move |name| !name.ends_with(".deb") && !needed.contains(&name.as_str()));
    let architecture =
        prop::option::of(prop::sample::select(vec![":arm64", ":armhf", ":all"])).prop_map(Option::unwrap_or_default);
    let rest = prop_oneof![
        Just(String::new()),
        Just("-".to_owned()),
        "=([0-9]{1,2}:)?[0-9][A-Za-z0-9.+~]{0,9}(-[a-z0-9]{1,3})?",
        "/[a-z][a-z0-9-]{0,9}[a-z]",
    ];
    prop_oneof![
        8 => (name, architecture, rest).prop_map(|(name, architecture, rest)| format!("{name}{architecture}{rest}")),
        1 => Just("@security".to_owned()),
        1 => Just("@upgrade".to_owned()),
        1 => "sha256:[0-9a-f]{64}",
        1 => "(\\./|/|\\.\\./|dir/)[a-zA-Z0-9é#+~_=,:-]{1,9}\\.deb",
        1 => "https?://[a-z0-9.]{1,9}(:80)?/[a-z/%_]{0,9}\\.deb(\\?[a-z=]{0,4})?",
    ]
}

fn update_file() -> impl Strategy<Value = UpdateFile> {
    let list = prop::collection::vec(entry_text(), 1..9)
        .prop_filter_map("contradictory", |texts| UpdateFile::parse_plain("made", &texts.join("\n")).ok());
    let checks = prop::collection::btree_map("[a-zA-Z0-9_][a-zA-Z0-9_-]{0,9}", check(), 0..4);
    let reboot = prop::sample::select(vec![RebootPolicy::Never, RebootPolicy::IfRequired, RebootPolicy::Always]);
    (list, checks, reboot, any::<bool>()).prop_map(|(list, checks, reboot, run)| {
        let checks: BTreeMap<String, Check> = checks;
        UpdateFile { checks, reboot, hooks: framboise_core::update_file::Hooks { run }, ..list }
    })
}

fn check() -> impl Strategy<Value = Check> {
    let kind = prop_oneof![
        ("[a-z/\"'\\\\é]{1,9}", prop::collection::vec("[^\\p{C}]{0,9}|[\n\t'\"\\\\]{0,5}", 0..3))
            .prop_map(|(program, rest)| CheckKind::Command([vec![program], rest].concat())),
        "http://([a-z.]{1,9}|\\[::1\\])(:80)?(/[a-z?=&%]{0,9})?"
            .prop_filter_map("a host", |text| text.parse().ok().map(CheckKind::Http)),
        "[a-z0-9_]{1,9}:[1-9][0-9]{0,3}".prop_map(|text| CheckKind::Tcp(text.parse().unwrap())),
        "[a-z@:_-]{1,9}\\.(service|timer)".prop_filter_map("an option", |text| text.parse().ok().map(CheckKind::Unit)),
    ];
    (kind, Check::TIMEOUT_SECONDS, Check::RETRIES).prop_map(|(kind, timeout_seconds, retries)| Check {
        kind,
        timeout_seconds,
        retries,
    })
}

/// Noise, and texts near enough to the grammar to get past its first lines.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z\\-=:/@#*, \n\r\t\"]{0,60}",
        "(packages = \\[(\"[a-z*-]{0,5}\",? ?){0,4}\\]\n?)?(\\[?\\[?checks(\\.[a-z\"]{1,3})?\\]\n)?([a-z_\\[\\]= \"{}0-9\n'.é]{0,40})",
    ]
}

fn spec(text: &str) -> PackageSpec {
    text.parse().unwrap()
}

fn told(result: Result<UpdateFile, UpdateFileError>) -> String {
    result.map_or_else(|error| error.to_string(), |file| format!("READ: {file:?}"))
}

fn told_by_seed(text: &str) -> String {
    told(UpdateFile::parse_seed_list(text))
}

fn problems(result: Result<UpdateFile, UpdateFileError>) -> usize {
    result.map_or_else(|error| error.problems.len(), |_| 0)
}
