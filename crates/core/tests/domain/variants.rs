//! Tells whether examples have every variant of an enum, and does not compile when one is forgotten here.

/// Each pattern is that of one variant; together they are all, and each matches at least one of the values.
macro_rules! assert_each_variant {
    ($values:expr; $($variant:pat),+ $(,)?) => {{
        let mut seen = std::collections::BTreeSet::new();
        for value in $values {
            match value {
                $($variant => seen.insert(stringify!($variant)),)+
            };
        }
        let all = std::collections::BTreeSet::from([$(stringify!($variant)),+]);
        assert_eq!(seen, all);
    }};
}
