//! Requests to a name that is not the device's: a page's own name may be made to lead here (DNS rebinding).

use crate::client::{Reply, get, open, read_reply};
use crate::root_side::{DEVICE, Device};

const PATHS: [&str; 5] = ["/", "/api/v1/identity", "/api/v1/state", "/api/v1/openapi.json", "/api/v1/nowhere"];

fn state_of(device: &Device, host: &str) -> Reply {
    read_reply(open(device.address, "GET", "/api/v1/state", &[("Host", host)], 0))
}

fn showing_its_state(settings: &str) -> Device {
    Device::with_settings(settings, |_, conversation| conversation.line("{\"answer\":\"state\",\"value\":{}}"))
}

#[test]
fn a_page_whose_name_leads_here_reads_nothing() {
    let device = showing_its_state("");
    for path in PATHS {
        for host in ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "local", ""] {
            let reply = read_reply(open(device.address, "GET", path, &[("Host", host)], 0));
            assert_eq!((reply.status, reply.cause().as_str()), (403, "forged-request"), "{path} at {host}");
            assert!(!reply.text().contains(DEVICE), "{}", reply.text());
        }
    }
    assert_eq!(device.asked(), []);
    let told = state_of(&device, "pi.example.org").json();
    let next_step = told["next_step"].as_str().unwrap();
    assert!(next_step.contains("address") && next_step.contains("names in /etc/framboise/framboise.toml"), "{told}");
    for site in ["cross-site", "same-site"] {
        let reply = read_reply(open(device.address, "GET", "/api/v1/state", &[("Sec-Fetch-Site", site)], 0));
        assert_eq!((reply.status, reply.cause().as_str()), (403, "forged-request"), "{site}");
    }
    assert_eq!(device.asked(), []);
}

#[test]
fn the_device_answers_to_its_addresses_and_its_own_names() {
    let device = showing_its_state("name = \"Kiosk-1\"\nnames = [\"pi.example.org\"]\n");
    let name = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let short = DEVICE[..8].to_ascii_lowercase().replace('_', "-");
    for host in [
        "127.0.0.1",
        "192.168.1.7:5000",
        "[::1]",
        "[fe80::1]:5000",
        "localhost:5000",
        "kiosk-1",
        "kiosk-1.local:5000",
        &name,
        &format!("{name}.local."),
        &format!("framboise-{short}.local:5000"),
        "pi.example.org",
        "PI.example.org.:5000",
    ] {
        let reply = state_of(&device, host);
        assert_eq!((reply.status, reply.text()), (200, "{}"), "{host}");
    }
    for host in ["example.org", "www.pi.example.org", "pi.example.org.evil.example"] {
        assert_eq!(state_of(&device, host).status, 403, "{host}");
    }
    assert_eq!(get(device.address, "/").status, 200);
}
