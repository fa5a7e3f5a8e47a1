//! The file of operators: whom a device follows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::trust::{Operator, Operators, public_key_text};

/// The small-order points of the curve, in each of their spellings: whoever signs with one signs for everybody.
const WEAK: [&str; 12] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn operators_are_read_a_line_each() {
    let (ada, bob) = (line("ada", 1), line("bob", 2));
    let text = format!("# who may\r\n\r\n{ada}\r\n  \t\n  {}  \n#{bob}\n", bob.replace(' ', " \t "));
    let operators = Operators::parse(&text).unwrap();
    let printed: Vec<String> = operators.list().iter().map(ToString::to_string).collect();
    assert_eq!(printed, [ada, bob]);
    assert_eq!(Operators::parse(&printed.join("\n")).unwrap(), operators);
    assert_eq!(Operators::parse("\n# nobody\n").unwrap(), Operators::default());
    let json = serde_json::to_string(operators.list()).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Operator>>(&json).unwrap(), operators.list());
    assert!(serde_json::from_str::<Operator>("\"ada\"").is_err());
}

#[test]
fn operators_told_in_another_form_keep_no_status_from_being_read() {
    let text = include_str!("../fixtures/v1/device_status.json");
    let mut statuses: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let mut status = statuses.remove(0);
    status["operators"] = serde_json::json!(["ada", { "name": "bob" }]);
    let read: DeviceStatus = serde_json::from_value(status).unwrap();
    assert_eq!((read.operators, read.packages), (None, 1843));
}

#[test]
fn one_wrong_line_spoils_the_list_and_is_named() {
    let ada = line("ada", 1);
    let key = ada.strip_prefix("ada ").unwrap();
    let wrong = [
        "ada".to_owned(),
        key.to_owned(),
        format!("{ada} admin"),
        format!("{ada} # mine"),
        ada.replace("ed25519:", ""),
        ada.replace("ed25519:", "rsa:"),
        ada.replace("ed25519:", "ED25519:"),
        format!("{ada}A"),
        format!("{ada}="),
        ada[..ada.len() - 1].to_owned(),
        format!("ada ed25519:{}", URL_SAFE_NO_PAD.encode([7; 31])),
        format!("ada ed25519:{}", URL_SAFE_NO_PAD.encode([7; 33])),
        "ada ed25519:".to_owned(),
        "ada ed25519:!!!".to_owned(),
        "\u{1b}[2J".to_owned(),
    ];
    for wrong in wrong {
        for (line, text) in
            [(1, wrong.clone()), (3, format!("{ada}\n#\n{wrong}\nworse")), (2, format!("\n {wrong} \n{ada}"))]
        {
            let error = Operators::parse(&text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}");
            let told = error.to_string();
            assert!(
                told.starts_with(&format!("line {line}: expected")) && !told.contains(char::is_control),
                "{told:?}"
            );
        }
    }
}

#[test]
fn a_key_that_is_not_on_the_curve_is_refused() {
    let off = (0..=u8::MAX).map(|first| [[first].as_slice(), &[0; 31]].concat());
    let refused =
        off.filter(|bytes| Operators::parse(&format!("ada ed25519:{}", URL_SAFE_NO_PAD.encode(bytes))).is_err());
    // About half of all texts are no point; the points among these few are the two weak ones and honest ones.
    assert!((100..160).contains(&refused.count()));
}

#[test]
fn a_weak_key_is_refused() {
    for hex in WEAK {
        let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
        let text = format!("{}\neve ed25519:{}", line("ada", 1), URL_SAFE_NO_PAD.encode(bytes));
        assert_eq!(Operators::parse(&text).unwrap_err().line, 2, "{hex}");
    }
}

fn line(name: &str, seed: u8) -> String {
    format!("{name} ed25519:{}", public_key_text(&SigningKey::from_bytes(&[seed; 32]).verifying_key()))
}
