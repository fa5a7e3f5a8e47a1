//! Tests that run on each Debian release.

/// Makes a test of each named function, which takes a suite, for bookworm and for trixie.
macro_rules! on_each_suite {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[test]
            fn bookworm() {
                super::$name(framboise_lab::Suite::Bookworm);
            }

            #[test]
            fn trixie() {
                super::$name(framboise_lab::Suite::Trixie);
            }
        })*
    };
}
