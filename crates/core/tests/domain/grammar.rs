//! Names, architectures, suites, keys, digests and ids: what is one, and that each comes back as it went.

use framboise_core::debian::{Architecture, PackageKey, PackageName, Suite, Version};
use framboise_core::digest::Digest;
use framboise_core::ids::{DeviceId, OrderId};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Debug, Display};
use std::str::FromStr;

#[test]
fn names_are_those_of_the_policy() {
    takes::<PackageName>(&["0ad", "g++", "libstdc++6", "libc6.1", "a1", "x.deb", "vim+", &"a".repeat(128)]);
    refuses::<PackageName>(&["", "a", "Vim", "-vim", "+vim", ".vim", "vim-", "vi_m", "vim ", " vim", "café", "vim\n"]);
    refuses::<PackageName>(&[&"a".repeat(129)]);
}

#[test]
fn architectures_are_single_ones() {
    takes::<Architecture>(&["all", "arm64", "armhf", "kfreebsd-amd64", "musl-linux-armhf", "x32"]);
    refuses::<Architecture>(&["", "a", "ARM64", "-arm64", "arm64-", "arm_64", "arm64 ", &"a".repeat(33)]);
    refuses::<Architecture>(&["any", "native", "linux-any", "any-arm64", "gnu-any-any"]);
}

#[test]
fn suites_are_words() {
    takes::<Suite>(&["bookworm", "bookworm-backports", "12", "stable", "rc-buggy", "a~b_c+d.e", &"a".repeat(64)]);
    refuses::<Suite>(&["", "Bookworm", "-sid", "sid-", "~sid", "*", "sid/x", "n=sid", "a sid", &"a".repeat(65)]);
}

#[test]
fn versions_are_those_of_the_policy() {
    takes::<Version>(&["0", "1.0", "1:2.3~rc1-4+deb12u5", "01:1", "1:2:3", "1--1", "1+", "1~", "1-~", "2147483647:1"]);
    takes::<Version>(&[&"1".repeat(256)]);
    refuses::<Version>(&["", "v1", "1-", "1:", ":1", "1:-1", "a:1", "1:1:", "2147483648:1", "1_0", "1*", "1 0", "~1"]);
    refuses::<Version>(&["-1", "1/2", "1\n", "1=2", &"1".repeat(257)]);
}

#[test]
fn keys_name_one_architecture() {
    takes::<PackageKey>(&["vim:arm64", "g++:armhf"]);
    refuses::<PackageKey>(&[
        "vim",
        "vim:",
        ":arm64",
        "vim:all",
        "vim:any",
        "vim:arm64:armhf",
        "vim:arm64=1",
        "Vim:arm64",
    ]);
}

#[test]
fn what_runs_everywhere_has_the_key_of_the_device() {
    let [all, native, foreign]: [Architecture; 3] = ["all", "arm64", "armhf"].map(|text| text.parse().unwrap());
    let key = |architecture| PackageKey::new("adduser".parse().unwrap(), architecture, &native).to_string();
    assert_eq!([key(&all), key(&native), key(&foreign)], ["adduser:arm64", "adduser:arm64", "adduser:armhf"]);
}

#[test]
fn digests_are_sha_256() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!([Digest::of(b"").to_string(), Digest::of(b"abc").to_string()], [empty, abc]);
    assert_eq!(abc.to_uppercase().parse::<Digest>().unwrap(), Digest::of(b"abc"));
    assert_eq!(Digest::of(b"abc").short(), "ba7816bf");
    refuses::<Digest>(&[
        "",
        &abc[1..],
        &format!("{abc}0"),
        &abc.replace('b', "g"),
        &abc.replace('b', "+"),
        &"é".repeat(32),
    ]);
}

#[test]
fn order_ids_begin_with_their_milliseconds() {
    assert_eq!(OrderId::new(0x0192_f3c4_5d6e, [0; 10]).to_string(), "0192f3c4-5d6e-7000-8000-000000000000");
    assert_eq!(OrderId::new(0x0192_f3c4_5d6e, [0xff; 10]).to_string(), "0192f3c4-5d6e-7fff-bfff-ffffffffffff");
}

#[test]
fn ids_for_people_are_short() {
    assert_eq!(DeviceId("2bXIkGaMaMfMLHY9d8ptGhKbJzbqXb0dRGsvCP9QzWk".into()).short(), "2bXIkGaM");
    assert_eq!(DeviceId("ü".into()).short(), "ü");
}

proptest! {
    #[test]
    fn any_text_is_refused_or_comes_back_as_it_was(text in near_the_grammar()) {
        comes_back::<PackageName>(&text)?;
        comes_back::<Architecture>(&text)?;
        comes_back::<Suite>(&text)?;
        comes_back::<Version>(&text)?;
        comes_back::<PackageKey>(&text)?;
    }

    #[test]
    fn digests_come_back(bytes in any::<Vec<u8>>()) {
        let digest = Digest::of(&bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        comes_back::<Digest>(&digest.to_string())?;
    }

    #[test]
    fn order_ids_sort_by_their_time(
        (one, other) in (0_u64..1 << 48, 0_u64..1 << 48), noise in any::<([u8; 10], [u8; 10])>()
    ) {
        let ids = [OrderId::new(one, noise.0), OrderId::new(other, noise.1)];
        if one != other {
            prop_assert_eq!(ids[0].cmp(&ids[1]), one.cmp(&other));
            prop_assert_eq!(ids[0].to_string().cmp(&ids[1].to_string()), one.cmp(&other));
        }
        prop_assert_eq!(ids[0].0.get_version_num(), 7);
        comes_back::<OrderId>(&ids[0].to_string())?;
    }
}

/// Noise, and words that are right or nearly so.
fn near_the_grammar() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9:+.~_-]{0,12}",
        "[a-z0-9][a-z0-9+.-]{1,6}(:[a-z0-9-]{0,6})?",
        "[0-9]{1,3}(:[0-9a-z.~-]{0,6})?"
    ]
}

fn comes_back<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromStr<Err: Display> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let json = serde_json::to_string(text).unwrap();
    match text.parse::<T>() {
        Ok(value) => {
            prop_assert_eq!(&value.to_string(), text);
            prop_assert_eq!(serde_json::to_string(&value).unwrap(), json.clone());
            prop_assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
        }
        Err(_) => prop_assert!(serde_json::from_str::<T>(&json).is_err(), "JSON takes {json}"),
    }
    Ok(())
}

fn takes<T: FromStr<Err: Debug> + Display>(texts: &[&str]) {
    for text in texts {
        assert_eq!(text.parse::<T>().unwrap().to_string(), *text);
    }
}

fn refuses<T: FromStr<Err: Display> + Debug>(texts: &[&str]) {
    for text in texts {
        let Err(error) = text.parse::<T>() else { unreachable!("{text:?} was taken") };
        assert!(error.to_string().contains(" is not "), "{error}");
    }
}
