//! The OpenAPI document.

/// OpenAPI 3.1, written by hand: deriving it from the types would cost every Pi memory for a text that seldom changes.
pub const DOCUMENT: &str = include_str!("openapi.json");

#[cfg(test)]
mod tests {
    use crate::routes::table::ROUTES;
    use std::collections::BTreeSet;

    #[test]
    fn describes_the_routes_and_no_others() {
        let document: serde_json::Value = serde_json::from_str(super::DOCUMENT).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
        }
        let routes = ROUTES.iter().map(|(method, path, _)| format!("{} {path}", method.as_str().to_lowercase()));
        assert_eq!(described, routes.collect());
    }

    #[test]
    fn refers_only_to_what_it_defines() {
        let document: serde_json::Value = serde_json::from_str(super::DOCUMENT).unwrap();
        for part in super::DOCUMENT.split("\"$ref\": \"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
