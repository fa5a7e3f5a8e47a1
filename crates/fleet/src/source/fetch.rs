//! Fetches over http and https, with limits.

use super::SourceError;
use crate::reason;
use framboise_core::update_file::TEXT_BYTES_MAX;
use reqwest::redirect;
use std::time::Duration;

/// For a list: a few kilobytes.
const TEXT_TIME_MAX: Duration = Duration::from_secs(60);

/// Silence after which a server is given up.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// One byte more than a list may have, or less.
pub(super) async fn text(url: &str) -> Result<Vec<u8>, SourceError> {
    let fetch = async {
        let mut response = begin(url).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| reason::of(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > TEXT_BYTES_MAX {
                break;
            }
        }
        Ok(bytes)
    };
    let fetched = tokio::time::timeout(TEXT_TIME_MAX, fetch).await;
    fetched
        .unwrap_or_else(|_| Err("it took longer than a minute".to_owned()))
        .map_err(|reason| SourceError::NotFetched { url: url.to_owned(), reason })
}

/// The response, when it is a good one.
pub(super) async fn begin(url: &str) -> Result<reqwest::Response, String> {
    crate::tls::use_ring();
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(SILENCE_MAX)
        .redirect(redirect::Policy::custom(followed))
        .user_agent(concat!("framboise/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| reason::of(&error))?;
    let response = client.get(url).send().await.map_err(|error| reason::of(&error))?;
    match response.status() {
        status if status.is_success() => Ok(response),
        status => Err(format!("the server answered {status}")),
    }
}

/// Ten times at most, and never from https to what anybody on the way can alter.
fn followed(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let was_safe = attempt.previous().iter().any(|url| url.scheme() == "https");
    if was_safe && attempt.url().scheme() != "https" {
        attempt.error("the server leads from https to http")
    } else if attempt.previous().len() > 10 {
        attempt.error("the server leads from one address to the next without end")
    } else {
        attempt.follow()
    }
}
