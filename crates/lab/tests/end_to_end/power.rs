//! Power cuts at any instant: the device comes back by itself, exactly as before or exactly as after.

use crate::faults::made_version;
use crate::pi::Pi;
use framboise_lab::Suite;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

on_each_suite!(
    a_device_that_vanishes_in_an_update,
    cuts_while_files_are_unpacked,
    cuts_during_updates,
    cuts_during_rollbacks,
    cuts_while_it_recovers,
);

/// A dozen packages of all kinds, over in a second or two.
const LIST: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode openssl tree";

/// So many cuts on each suite, each way.
const CUTS: u32 = 4;

fn a_device_that_vanishes_in_an_update(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let request = pi.start_update("fram-hello fram-slow fram-dep");
    pi.wait_for_process("fram-slow.postinst");
    pi.device.power_cut().unwrap();
    // Nobody is there to say that the connection is dead.
    request.hang_up();
    assert_eq!(pi.request("/api/v1/status", &["--connect-timeout", "1"]).status, 0);
    pi.power_on();
    pi.snapshot().same_as(&before, "after the power cut");
    let last = pi.get("/api/v1/status").json["last"].clone();
    assert_eq!(last["state"], "rolled-back", "{last}");
    assert_eq!(last["outcome"]["failure"]["cause"]["kind"], "interrupted", "{last}");
    pi.update("fram-hello fram-dep").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after another update and rollback");
}

/// What dpkg had unpacked half, under names of its own, is in no list of it.
fn cuts_while_files_are_unpacked(suite: Suite) {
    let pi = Pi::raise(suite);
    // The large one comes last: while dpkg unpacks it, those before have their new content under dpkg's names.
    let files = |name: &str| {
        let more = format!("usr/share/{name}/more");
        format!(
            "mkdir -p {more}; for n in $(seq 1500); do echo $n > {more}/$n; done; truncate --size 200M {more}/large"
        )
    };
    made_version(&pi, "fram-grows", "1", "mkdir -p usr/share/fram-grows; echo 1 > usr/share/fram-grows/version");
    pi.sh("apt-get -qq -y install fram-grows=1");
    made_version(&pi, "fram-grows", "2", &files("fram-grows"));
    made_version(&pi, "fram-many", "1", &files("fram-many"));
    // Its script lets it be unpacked once.
    let once = "printf '#!/bin/sh\\n[ ! -e /var/tmp/once ] || exit 1; touch /var/tmp/once\\n' > DEBIAN/preinst; chmod 755 DEBIAN/preinst";
    made_version(&pi, "fram-once", "1", &format!("{}; {once}", files("fram-once")));
    let before = pi.snapshot();
    let cuts = [
        ("fram-many", "1000.dpkg-new"),
        ("fram-grows", "1000.dpkg-new"),
        ("fram-once", "1000.dpkg-new"),
        // All have their own names by and by; the list comes last.
        ("fram-once", "1"),
    ];
    for (name, file) in cuts {
        let request = pi.start_update(name);
        let half = format!("{}/usr/share/{name}/more/{file}", pi.device.inside("/").unwrap().display());
        pi.wait_until("a file that is half unpacked", || std::fs::exists(&half).unwrap());
        pi.device.power_cut().unwrap();
        drop(request);
        pi.power_on();
        pi.snapshot().same_as(&before, &format!("cut when {name} was unpacked as far as {file}"));
        pi.sh("rm -f /var/tmp/once");
    }
}

fn cuts_during_updates(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    // Once undisturbed: how long it takes, where it ends, and all it needs is in the vault for the next ones.
    let began = Instant::now();
    pi.update(LIST).done();
    let takes = began.elapsed();
    let after = pi.snapshot();
    pi.rollback().done();
    for instant in instants("updates", takes) {
        let request = pi.start_update(LIST);
        cut_after(&pi, instant);
        drop(request);
        let now = pi.snapshot();
        if now == after {
            pi.rollback().done();
        }
        pi.snapshot().same_as(&before, &format!("cut {instant:?} after an update began"));
    }
}

fn cuts_during_rollbacks(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update(LIST).done();
    let after = pi.snapshot();
    let began = Instant::now();
    pi.rollback().done();
    let takes = began.elapsed();
    for instant in instants("rollbacks", takes) {
        pi.update(LIST).done();
        pi.snapshot().same_as(&after, "after the same update again");
        let request = pi.start("/rollback", &[]);
        cut_after(&pi, instant);
        drop(request);
        let now = pi.snapshot();
        if now != before {
            now.same_as(&after, &format!("cut {instant:?} after a rollback began: neither as before nor"));
            pi.rollback().done();
        }
        pi.snapshot().same_as(&before, &format!("cut {instant:?} after a rollback began, and another rollback"));
    }
}

/// Cut in an update, and again and again while it comes back from that.
fn cuts_while_it_recovers(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello").done();
    pi.rollback().done();
    let request = pi.start_update(&format!("{LIST} fram-slow"));
    pi.wait_for_process("fram-slow.postinst");
    pi.device.power_cut().unwrap();
    drop(request);
    for instant in instants("recoveries", Duration::from_secs(4)) {
        let device = pi.device.clone();
        let booting = std::thread::spawn(move || device.power_on());
        pi.wait_until("the first process", || pi.device.is_running().unwrap());
        std::thread::sleep(instant);
        pi.device.power_cut().unwrap();
        // It died while it was booting, or not.
        drop(booting.join().unwrap());
    }
    pi.power_on();
    pi.snapshot().same_as(&before, "after cuts while it recovered");
    pi.update("fram-hello").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after another update and rollback");
}

fn cut_after(pi: &Pi, instant: Duration) {
    std::thread::sleep(instant);
    pi.device.power_cut().unwrap();
    pi.power_on();
}

/// Instants within `length`. `FRAMBOISE_SEED=…` in the environment repeats those of an earlier run.
fn instants(what: &str, length: Duration) -> Vec<Duration> {
    let given = std::env::var("FRAMBOISE_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mut seed: u64 = given.unwrap_or(u64::from(now));
    eprintln!("cuts during {what}: FRAMBOISE_SEED={seed}, within {length:?}");
    let mut next = || {
        // splitmix64
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) >> 40
    };
    // One in each part of the length, so that no part is left out.
    let part = length / CUTS;
    (0..CUTS).map(|number| part * number + part * u32::try_from(next()).unwrap() / (1 << 24)).collect()
}
