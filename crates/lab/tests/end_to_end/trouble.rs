//! Devices in trouble before the order comes: another package manager at work, half-done packages, a full disk.

use crate::pi::Pi;
use framboise_lab::Suite;
use std::process::Stdio;

on_each_suite!(
    another_program_at_work_is_waited_for_and_named,
    packages_left_half_done_are_named_and_left_alone,
    a_full_disk_is_told_before_anything_is_touched,
    a_disk_that_fills_up_in_the_middle_is_survived,
    a_read_only_file_system_is_told,
);

/// Takes a lock as apt and dpkg do, and keeps it until its input ends.
const HOLD: &str = r#"
$0 = "unattended-upgr"; open(my $file, "+<", $ARGV[0]) or die;
my $lock = pack("s s x4 l! l! i x4", 1, 0, 0, 0, 0); fcntl($file, 6, $lock) or die "no lock: $!";
$| = 1; print "held\n"; <STDIN>;
"#;

fn another_program_at_work_is_waited_for_and_named(suite: Suite) {
    for path in ["/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock"] {
        let pi = Pi::raise(suite);
        let mut holder = pi.device.command(["perl", "-e", HOLD, path]).unwrap();
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut first).unwrap();
        assert_eq!(first, "held\n");
        let request = pi.start_update("fram-hello");
        let mut order = String::new();
        pi.wait_until("the order", || {
            order = pi.get("/api/v1/status").json["running"]["order"].as_str().unwrap_or_default().to_owned();
            !order.is_empty()
        });
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert_eq!(pi.sh("fram-hello").trim(), "1.0");
        drop(holder.stdin.take());
        holder.wait().unwrap();
        request.answer().done();
        let events = pi.request(&format!("/api/v1/orders/{order}/events?after=0"), &["--no-buffer"]).text;
        let waiting = events.lines().find(|line| line.contains("\"waiting\"")).unwrap_or_else(|| panic!("{events}"));
        for named in ["lock-held", path, "unattended-upgr"] {
            assert!(waiting.contains(named), "{named} is not named: {waiting}");
        }
    }
}

fn packages_left_half_done_are_named_and_left_alone(suite: Suite) {
    let pi = Pi::raise(suite);
    let failed = pi.device.exec(["apt-get", "-qq", "-y", "install", "fram-failpost=2.0"]).unwrap();
    assert_ne!(failed.status, 0);
    let before = pi.snapshot();
    assert!(before.has("dpkg-query fram-failpost 2.0 install ok half-configured"));
    pi.update("fram-hello").refused(409, "dpkg-unfinished").saying("fram-failpost");
    pi.snapshot().same_as(&before, "after an update of a device with a half-configured package");
    // Unpacked and not configured: the same.
    pi.sh("apt-get -qq -y --allow-downgrades install fram-failpost=1.0; cd /run; apt-get -qq download fram-svc=2.0; \
           dpkg --unpack fram-svc_2.0_all.deb >/dev/null; rm fram-svc_2.0_all.deb");
    let before = pi.snapshot();
    assert!(before.has("dpkg-query fram-svc 2.0 install ok unpacked"));
    pi.update("fram-hello").refused(409, "dpkg-unfinished").saying("fram-svc");
    pi.snapshot().same_as(&before, "after an update of a device with an unpacked package");
    // Mended by hand, it is as good as any.
    pi.sh("dpkg --configure -a");
    let mended = pi.snapshot();
    pi.update("fram-hello").done();
    pi.rollback().done();
    pi.snapshot().same_as(&mended, "after it was mended");
}

fn a_full_disk_is_told_before_anything_is_touched(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    // No byte for the vault, or the restore point.
    small_disk(&pi, "size=64k");
    pi.sh("cat /dev/zero > /var/lib/framboise/filler 2>/dev/null || true");
    let answer = pi.update("fram-hello fram-conf");
    answer.refused(507, "disk-full").saying("/var/lib/framboise");
    pi.snapshot().same_as(&before, "after an update on a full disk");
    pi.sh("rm /var/lib/framboise/filler; mount -o remount,size=64m /var/lib/framboise");
    pi.update("fram-hello fram-conf").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after space was made");
}

fn a_disk_that_fills_up_in_the_middle_is_survived(suite: Suite) {
    let pi = Pi::raise(suite);
    // dpkg finds no place for a new file: two packages on, one not.
    pi.sh("mount -t tmpfs -o size=4k,nr_inodes=4 full /usr/share/fram-dep; echo 1.0 > /usr/share/fram-dep/version; \
           dd if=/dev/zero of=/usr/share/fram-dep/filler bs=1k 2>/dev/null || true");
    let before = pi.snapshot();
    let answer = pi.update("fram-hello fram-conf fram-dep");
    answer.refused(507, "disk-full").ended("rolled-back");
    pi.snapshot().same_as(&before, "after the disk was full in the middle");
    assert_eq!(pi.device.exec(["dpkg", "--audit"]).unwrap().stdout, "");
}

fn a_read_only_file_system_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    small_disk(&pi, "size=16m");
    pi.sh("mount -o remount,ro /var/lib/framboise");
    pi.update("fram-hello").refused(500, "read-only").saying("read-only");
    pi.snapshot().same_as(&before, "after an update on a read-only file system");
}

/// Gives Framboise's own folder a file system of its own, with what it holds.
fn small_disk(pi: &Pi, options: &str) {
    pi.sh(&format!(
        "cp -a /var/lib/framboise /run/kept; mount -t tmpfs -o {options} small /var/lib/framboise; \
         cp -a /run/kept/. /var/lib/framboise/; rm -r /run/kept"
    ));
}
