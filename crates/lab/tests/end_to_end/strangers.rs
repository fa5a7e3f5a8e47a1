//! Port 5000 answered by a program that is not the agent.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::{Device, Suite, Up};
use std::process::{Child, Stdio};
use std::time::Instant;

/// The address of the device without the agent.
const STRANGER: &str = "10.77.0.12";

/// Takes connections on port 5000 and answers each with $ARGV[0], after reading what came; the second word keeps them open.
const SERVE: &str = r#"
use IO::Socket::INET; $| = 1; $SIG{CHLD} = 'IGNORE'; $SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => 5000, Listen => 64, ReuseAddr => 1) or die "no port: $!";
print "ready\n"; my $answer = $ARGV[0]; $answer =~ s/\\r/\r/g; $answer =~ s/\\n/\n/g;
while (my $client = $server->accept) {
	next if fork; close $server; sysread($client, my $asked, 65536) if $answer =~ /^HTTP/; print $client $answer;
	sleep 600 if $ARGV[1] eq "keep"; close $client; exit;
}
"#;

/// What it answers, whether it keeps the connection, and what it is.
const STRANGERS: [(&str, &str, &str); 7] = [
    (r"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<h1>Hello!</h1>", "close", "a web page"),
    (
        r"HTTP/1.1 404 NOT FOUND\r\nServer: Werkzeug/2.2\r\nContent-Length: 2\r\n\r\nno",
        "close",
        "the original's server",
    ),
    (
        r"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\x22name\x22:\x22pi\x22}\n\n",
        "close",
        "other JSON",
    ),
    (
        r"HTTP/1.1 302 Found\r\nLocation: http://10.77.0.11:5000/api/v1/identity\r\nContent-Length: 0\r\n\r\n",
        "close",
        "a redirect to a device",
    ),
    (r"SSH-2.0-OpenSSH_9.2p1\r\n", "keep", "an SSH server"),
    ("", "keep", "silence"),
    ("", "close", "a hang-up"),
];

#[test]
fn what_is_not_the_agent_is_told_from_it_and_disturbs_nobody() {
    let pi = Pi::raise(Suite::Bookworm);
    let stranger = pi.lab.up(&Up::devices(2).suite(Suite::Bookworm).without_agent()).unwrap().remove(1);
    let desk = Desk::of(&pi.lab);
    let list = desk.file("list.txt", "fram-hello");
    for (answer, connection, what) in STRANGERS {
        let server = Server::start(&stranger, answer, connection);
        let began = Instant::now();
        let found = desk.framboise(&["--json", "scan", "--subnet", "10.77.0.0/28"]).exits(0).json().pop().unwrap();
        let named: Vec<_> = found["found"].as_array().unwrap().iter().map(|one| &one["identity"]["name"]).collect();
        assert_eq!(named, ["pi-1"], "{what}: {found}");
        desk.framboise(&["update", "--yes", "--file", &list, STRANGER]).exits(2).says(STRANGER);
        assert!(began.elapsed().as_secs() < 40, "{what}: {:?}", began.elapsed());
        drop(server);
    }
    // Nobody at all.
    desk.framboise(&["update", "--yes", "--file", &list, STRANGER]).exits(2).says(STRANGER);
    desk.update("fram-hello", &[PI_1]).exits(0).says("1 updated");
}

/// A device that the desk knows has become something else.
#[test]
fn a_known_device_whose_port_another_program_took() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    desk.framboise(&["scan", "--subnet", "10.77.0.0/28"]).exits(0).says("pi-1");
    let before = pi.snapshot();
    pi.sh("systemctl stop framboised");
    for (answer, connection, what) in STRANGERS {
        let server = Server::start(&pi.device, answer, connection);
        let began = Instant::now();
        let list = desk.file("list.txt", "fram-hello");
        desk.framboise(&["update", "--yes", "--file", &list, "pi-1"]).exits(2).says("pi-1").says("Nothing was changed");
        desk.framboise(&["status", "pi-1"]).exits(2);
        assert!(began.elapsed().as_secs() < 60, "{what}: {:?}", began.elapsed());
        drop(server);
    }
    pi.sh("systemctl start framboised");
    pi.device.wait_for_agent().unwrap();
    pi.snapshot().same_as(&before, "after orders to another program");
    desk.update("fram-hello", &["pi-1"]).exits(0).says("1 updated");
}

/// Ends with its test.
struct Server<'a> {
    device: &'a Device,
    child: Child,
}

impl Server<'_> {
    fn start<'a>(device: &'a Device, answer: &str, connection: &str) -> Server<'a> {
        let mut child = device.command(["perl", "-e", SERVE, answer, connection]).unwrap();
        let mut child = child.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let stdout = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut first).unwrap();
        assert_eq!(first, "ready\n");
        Server { device, child }
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        drop(self.device.exec(["pkill", "-KILL", "-x", "perl"]));
        drop(self.child.wait());
    }
}
