//! Refuses what a web page could have made a browser send: the original's `/update` is a request that any page can post,
//! and its `/rollback` fires from an image's address.

use super::Refusal;
use framboise_core::cause::{Cause, Failure};
use hyper::HeaderMap;
use hyper::header::{ACCEPT, COOKIE, HOST, HeaderName, ORIGIN, REFERER, UPGRADE_INSECURE_REQUESTS, USER_AGENT};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Refuses requests of pages: browsers name the page's origin, or how the request came about (Fetch Metadata).
pub fn refuse_pages(headers: &HeaderMap) -> Result<(), Refusal> {
    let fetch_site = headers.get_all("sec-fetch-site").iter();
    let is_foreign = fetch_site.into_iter().any(|site| site != "none" && site != "same-origin");
    // A page that a browser fetches before anybody asked for it.
    let is_prefetch = headers.contains_key("sec-purpose") || headers.contains_key("purpose");
    match (headers.contains_key(ORIGIN), is_foreign, is_prefetch) {
        (true, _, _) => Err(forged("Origin")),
        (_, true, _) => Err(forged("Sec-Fetch-Site")),
        (_, _, true) => Err(forged("Sec-Purpose")),
        (false, false, false) => Ok(()),
    }
}

/// Refuses what looks like a browser: over plain HTTP to an address, browsers leave Fetch Metadata out and an image has no
/// origin, but they cannot help saying what they are and what they would like to see.
pub fn refuse_browsers(headers: &HeaderMap) -> Result<(), Refusal> {
    let says = |name: HeaderName, is_telling: fn(&str) -> bool| {
        headers.get_all(name).iter().any(|value| value.to_str().is_ok_and(is_telling))
    };
    // The original's own Qt program says "Mozilla/5.0" and no more.
    if says(USER_AGENT, |agent| agent.starts_with("Mozilla/") && agent != "Mozilla/5.0") {
        return Err(forged("User-Agent"));
    }
    if says(ACCEPT, |accept| accept.contains("image/") || accept.contains("text/html")) {
        return Err(forged("Accept"));
    }
    for name in [REFERER, COOKIE, UPGRADE_INSECURE_REQUESTS] {
        if headers.contains_key(&name) {
            return Err(forged(name.as_str()));
        }
    }
    Ok(())
}

/// Refuses a request to a name that is not this host's: a page's own name may be made to lead here (DNS rebinding).
pub fn refuse_foreign_host(headers: &HeaderMap, own_names: &[String]) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|value| value.to_str().ok()).and_then(without_port);
    match host {
        Some(host) if hosts.next().is_none() && is_own(host, own_names) => Ok(()),
        Some(_) | None => Err(foreign_host()),
    }
}

fn is_own(host: &str, own_names: &[String]) -> bool {
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_address = host.parse::<Ipv4Addr>().is_ok() || literal.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok());
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    // `.local` is never asked of a name server (RFC 6762, 3).
    let bare = host.strip_suffix(".local").unwrap_or(&host);
    let is_named = |name: &String| name.eq_ignore_ascii_case(&host) || name.eq_ignore_ascii_case(bare);
    is_address || host == "localhost" || (!bare.is_empty() && own_names.iter().any(is_named))
}

fn without_port(authority: &str) -> Option<&str> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.ends_with(']') => {
            port.bytes().all(|byte| byte.is_ascii_digit()).then_some(host)
        }
        Some(_) | None => Some(authority),
    }
}

/// Says how the device may be called, for whoever asked in good faith.
fn foreign_host() -> Refusal {
    let cause = Cause::ForgedRequest { header: "Host".to_owned() };
    let next_step = "Use the device's address or its own name; a further name goes into names in \
                     /etc/framboise/framboise.toml on the device.";
    let message = cause.to_string();
    Failure { cause, detail: String::new(), message, next_step: next_step.to_owned() }.into()
}

fn forged(header: &str) -> Refusal {
    Cause::ForgedRequest { header: header.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn takes_the_device_by_address_and_by_its_own_names_alone() {
        let names = ["kiosk-1".to_owned()];
        for host in
            ["10.0.0.7", "10.0.0.7:5000", "[::1]:5000", "[fe80::1]", "localhost:5000", "kiosk-1", "KIOSK-1.local.:5000"]
        {
            assert!(refuse_foreign_host(&headers(&[("host", host)]), &names).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:5000",
            "kiosk-1.evil.example",
            "kiosk-2.local",
            "::1",
            "",
            ":5000",
            "a:b",
            "10.0.0.7.evil",
        ] {
            assert!(refuse_foreign_host(&headers(&[("host", host)]), &names).is_err(), "{host}");
        }
        assert!(refuse_foreign_host(&headers(&[]), &names).is_err());
        let mut two = headers(&[("host", "localhost")]);
        two.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(refuse_foreign_host(&two, &names).is_err());
    }

    #[test]
    fn refuses_an_image_of_a_page() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert!(refuse_browsers(&headers(&[("user-agent", firefox), ("accept", "*/*")])).is_err());
        assert!(refuse_browsers(&headers(&[("accept", "image/avif,image/webp,*/*;q=0.8")])).is_err());
        assert!(refuse_browsers(&headers(&[("accept", "text/html,application/xhtml+xml")])).is_err());
        assert!(refuse_browsers(&headers(&[("referer", "http://evil.example/")])).is_err());
        for own in [
            [("user-agent", "curl/8.5.0"), ("accept", "*/*")],
            [("user-agent", "Mozilla/5.0"), ("accept-language", "en,*")],
        ] {
            assert!(refuse_browsers(&headers(&own)).is_ok(), "{own:?}");
        }
    }

    #[test]
    fn refuses_what_a_page_made_the_browser_send() {
        for pair in [
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-purpose", "prefetch"),
        ] {
            assert!(refuse_pages(&headers(&[pair])).is_err(), "{pair:?}");
        }
        for pair in [("sec-fetch-site", "none"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")] {
            assert!(refuse_pages(&headers(&[pair])).is_ok(), "{pair:?}");
        }
    }
}
