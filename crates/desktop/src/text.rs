//! Qt's text. Of Qt's types the bridge needs this one alone: a binding of all of them would be minutes of C++.

#![allow(unsafe_code, reason = "a C++ type with its own destructor lives in Rust")]

use crate::bridge::ffi;
use std::mem::MaybeUninit;

/// A `QString`, by value. It is moved as Qt moves it, and dropped by Qt.
#[repr(C)]
pub struct QString {
    words: MaybeUninit<[usize; 3]>,
}

// SAFETY: cpp/support.h asserts the size, and that Qt moves it by copying its bytes.
unsafe impl cxx::ExternType for QString {
    type Id = cxx::type_id!("QString");
    type Kind = cxx::kind::Trivial;
}

impl Default for QString {
    fn default() -> Self {
        ffi::text_from("")
    }
}

impl Clone for QString {
    fn clone(&self) -> Self {
        ffi::text_from(&ffi::text_of(self))
    }
}

impl PartialEq for QString {
    fn eq(&self, other: &Self) -> bool {
        ffi::text_of(self) == ffi::text_of(other)
    }
}

impl From<&str> for QString {
    fn from(text: &str) -> Self {
        ffi::text_from(text)
    }
}

impl std::fmt::Display for QString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&ffi::text_of(self))
    }
}

impl Drop for QString {
    fn drop(&mut self) {
        ffi::drop_text(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_crosses_both_ways_and_may_be_moved() {
        let texts: Vec<QString> = ["", "é", "a longer text that lies on the heap\u{1f353}"].map(QString::from).into();
        let moved: Vec<QString> = texts.clone().into_iter().rev().collect();
        assert_eq!(moved[0].to_string(), "a longer text that lies on the heap\u{1f353}");
        assert!(texts[1] == QString::from("é"));
    }
}
