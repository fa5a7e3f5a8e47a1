//! Sending answers to a peer that may not read them.

use crate::fault::{Doing, Result, fault};
use framboise_core::protocol::socket::Answer;
use std::io::{ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How long a peer may take nothing of an answer: as long as the agent bears it from its own client.
const STALL_PATIENCE: Duration = Duration::from_secs(30);

/// For one answer, however little of it is taken at a time: the longest is a package state over a slow Wi-Fi.
const ANSWER_PATIENCE: Duration = Duration::from_secs(180);

/// Bytes written at once. The kernel counts its time-out anew for every buffer of a longer write, so that who reads a little
/// now and then could draw it out.
const PIECE_BYTES: usize = 16 * 1024;

/// Sends a line. Who does not read loses its place.
///
/// # Errors
/// When the peer has gone away, or does not read.
pub fn send(stream: &UnixStream, answer: &Answer) -> Result<()> {
    let mut line = serde_json::to_string(answer).doing("write an answer")?;
    line.push('\n');
    send_within(stream, line.as_bytes(), STALL_PATIENCE, ANSWER_PATIENCE)
}

fn send_within(mut stream: &UnixStream, mut bytes: &[u8], stall: Duration, whole: Duration) -> Result<()> {
    let began = Instant::now();
    while !bytes.is_empty() {
        let left = whole.saturating_sub(began.elapsed()).min(stall);
        if left.is_zero() {
            return Err(not_read());
        }
        stream.set_write_timeout(Some(left)).doing("send an answer")?;
        match stream.write(&bytes[..bytes.len().min(PIECE_BYTES)]) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(not_read()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).doing("send an answer"),
        }
    }
    Ok(())
}

fn not_read() -> framboise_core::cause::Failure {
    fault("send an answer", "its reader does not read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    static LONG: [u8; 4 << 20] = [b'x'; 4 << 20];

    #[test]
    fn who_does_not_read_is_left() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let began = Instant::now();
        let sent = send_within(&ours, &LONG, Duration::from_millis(100), Duration::from_secs(60));
        assert!(sent.unwrap_err().to_string().contains("does not read"));
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }

    #[test]
    fn who_reads_a_little_now_and_then_is_left_at_last() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let dripping = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while theirs.read(&mut piece).is_ok_and(|count| count > 0) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let sent = send_within(&ours, &LONG, Duration::from_secs(60), Duration::from_millis(500));
        assert!(sent.unwrap_err().to_string().contains("does not read"));
        drop(ours);
        dripping.join().unwrap();
    }

    #[test]
    fn who_reads_gets_all() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).map(|count| (count, all.iter().all(|byte| *byte == b'x')))
        });
        send_within(&ours, &LONG, Duration::from_secs(20), Duration::from_secs(60)).unwrap();
        drop(ours);
        assert_eq!(reading.join().unwrap().unwrap(), (LONG.len(), true));
    }
}
