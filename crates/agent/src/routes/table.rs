//! The table of requests.

use super::Refusal;
use hyper::{Method, StatusCode};
use std::str::FromStr;

/// A request that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Home,
    OpenApi,
    Identity,
    Status,
    State,
    Plan,
    Order,
    Transaction,
    Confirm,
    Change,
    Events,
    RestorePoints,
    RestorePoint,
    Vault,
    Receipts,
    Stage,
    SeedUpdate,
    SeedRollback,
}

/// Method, path, route; a word in braces stands for any one segment. The OpenAPI document lists the same.
pub const ROUTES: [(Method, &str, Route); 18] = [
    (Method::GET, "/", Route::Home),
    (Method::GET, "/api/v1/identity", Route::Identity),
    (Method::GET, "/api/v1/status", Route::Status),
    (Method::GET, "/api/v1/state", Route::State),
    (Method::POST, "/api/v1/plan", Route::Plan),
    (Method::POST, "/api/v1/orders", Route::Order),
    (Method::GET, "/api/v1/orders/{id}", Route::Transaction),
    (Method::GET, "/api/v1/orders/{id}/events", Route::Events),
    (Method::POST, "/api/v1/orders/{id}/confirm", Route::Confirm),
    (Method::POST, "/api/v1/changes", Route::Change),
    (Method::GET, "/api/v1/restore-points", Route::RestorePoints),
    (Method::GET, "/api/v1/restore-points/{id}", Route::RestorePoint),
    (Method::GET, "/api/v1/vault", Route::Vault),
    (Method::GET, "/api/v1/receipts", Route::Receipts),
    (Method::PUT, "/api/v1/staged/{sha256}", Route::Stage),
    (Method::GET, "/api/v1/openapi.json", Route::OpenApi),
    (Method::POST, "/update", Route::SeedUpdate),
    (Method::GET, "/rollback", Route::SeedRollback),
];

/// The route of a request, and the segment that stands for the word in braces.
pub fn find<'p>(method: &Method, path: &'p str) -> Result<(Route, &'p str), Refusal> {
    let mut allowed = None;
    for (route_method, pattern, route) in &ROUTES {
        if let Some(named) = matched(pattern, path) {
            if route_method == method {
                return Ok((*route, named));
            }
            allowed = Some(route_method.clone());
        }
    }
    Err(match allowed {
        Some(allowed) => Refusal::method(method, &allowed),
        None => Refusal::with_status(StatusCode::NOT_FOUND, format!("there is no {path} here")),
    })
}

/// What a segment of the path spells.
pub fn parsed<T: FromStr>(segment: &str, expected: &str) -> Result<T, Refusal> {
    segment.parse().map_err(|_| Refusal::bad_request(format!("{segment:?} is not {expected}")))
}

/// The number in `?after=N`.
pub fn after(query: Option<&str>) -> Result<Option<u64>, Refusal> {
    let mut pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let Some(pair) = pairs.next() else { return Ok(None) };
    match pair.strip_prefix("after=").and_then(|digits| digits.parse().ok()) {
        Some(number) if pairs.next().is_none() => Ok(Some(number)),
        _ => Err(Refusal::bad_request(format!("{:?} is not after= and a number", query.unwrap_or_default()))),
    }
}

fn matched<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let mut named = "";
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted.starts_with('{') && !segment.is_empty() {
            named = segment;
        } else if wanted != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_routes_and_names_what_stands_in_braces() {
        assert_eq!(find(&Method::GET, "/").unwrap(), (Route::Home, ""));
        assert_eq!(find(&Method::GET, "/api/v1/orders/7/events").unwrap(), (Route::Events, "7"));
        for path in ["", "/api/v1/orders//events", "/api/v1/orders/7/", "/api/v1/orders/7/x", "/update/", "//"] {
            assert_eq!(find(&Method::GET, path).unwrap_err().status(), StatusCode::NOT_FOUND, "{path}");
        }
        // A HEAD must not roll back.
        assert_eq!(find(&Method::HEAD, "/rollback").unwrap_err().status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn reads_the_query() {
        assert_eq!(after(None).unwrap(), None);
        assert_eq!(after(Some("after=7")).unwrap(), Some(7));
        for query in ["after=", "after=-1", "before=1", "after=1&after=2"] {
            assert!(after(Some(query)).is_err(), "{query}");
        }
    }
}
