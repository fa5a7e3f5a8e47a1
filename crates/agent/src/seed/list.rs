//! The body of the original's request: base64 of a package list.

use crate::routes::Refusal;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use framboise_core::cause::Cause;
use framboise_core::update_file::UpdateFile;

/// Padding or none, and bits left over at the end: encoders differ, and there is nothing to be gained from strictness.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The list, once it is sure that the root side will understand it.
pub fn decode(body: &[u8]) -> Result<String, Refusal> {
    let list = text(body)?;
    match UpdateFile::parse_seed_list(&list) {
        Ok(_) => Ok(list),
        Err(error) => Err(Cause::BadList { problems: error.to_string() }.into()),
    }
}

fn text(body: &[u8]) -> Result<String, Refusal> {
    let digits: Vec<u8> = body.iter().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| standard(*byte)).collect();
    if digits.is_empty() {
        let problem =
            "the body is empty; it should be a package list in base64: curl --data \"$(base64 -w0 list.txt)\"";
        return Err(Refusal::bad_request(problem));
    }
    let bytes =
        LENIENT.decode(digits).map_err(|error| Refusal::bad_request(format!("the body is not base64: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        Refusal::bad_request(format!("the body is not the base64 of a text: byte {at} of what it holds is not UTF-8"))
    })
}

/// The digits of the URL-safe alphabet (RFC 4648, 5) as those of the standard one.
fn standard(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_encoders_make() {
        // "vim~~ok?>>>" has digits that differ between the alphabets.
        for body in ["dmlt", " dmlt\r\n", "dm\nlt\n", "dmltCg==", "dmltCg", "dmltCg=", "dmltCh=="] {
            assert_eq!(decode(body.as_bytes()).unwrap().trim(), "vim", "{body}");
        }
        assert_eq!(text(b"Pj4-_w").unwrap_err().status(), 400);
        assert_eq!(text(b"Pj4-Pz8_").unwrap(), text(b"Pj4+Pz8/").unwrap());
    }

    #[test]
    fn tells_what_is_wrong() {
        let told = |body: &str| format!("{:?}", decode(body.as_bytes()).unwrap_err());
        assert!(told("").contains("the body is empty"));
        assert!(told(" \n").contains("the body is empty"));
        assert!(told("dml*").contains("not base64"));
        assert!(told("list=dmlt").contains("not base64"));
        assert!(told("/w==").contains("is not UTF-8"));
        assert!(told("Iw==").contains("lists no package"));
        assert!(told("LXg=").contains("options are not taken"));
    }
}
