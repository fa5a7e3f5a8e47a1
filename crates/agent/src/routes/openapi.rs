//! The OpenAPI document.

/// OpenAPI 3.1, written by hand: deriving it from the types would cost every Pi memory for a text that seldom changes.
pub const DOCUMENT: &str = include_str!("openapi.json");

#[cfg(test)]
mod tests {
    use crate::routes::table::ROUTES;
    use framboise_core::Timestamp;
    use framboise_core::digest::Digest;
    use framboise_core::ids::RestorePointId;
    use framboise_core::restore_point::{Origin, RestorePoint};
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
    fn describes_every_field_of_a_restore_point() {
        let point = RestorePoint {
            id: RestorePointId(2),
            parent: Some(RestorePointId(1)),
            recorded: Timestamp::UNIX_EPOCH,
            origin: Origin::First,
            name: Some("before Christmas".to_owned()),
            pinned: true,
            state: Digest::of(b""),
            packages: 1,
            current: true,
            missing_debs: 0,
        };
        let told = serde_json::to_value(point).unwrap();
        let document: serde_json::Value = serde_json::from_str(super::DOCUMENT).unwrap();
        let described = &document["components"]["schemas"]["RestorePoint"]["properties"];
        let names = |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(described), names(&told));
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
