//! Pipes from a running program, read as lines without ever waiting for one of them alone.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// How much is read from one pipe before the others have their turn; more than a pipe holds (pipe(7)), so that all that
/// a program left in it is read at once.
const TURN_BYTES: usize = 1 << 20;

/// A line that is longer is told in pieces: a program may print without end.
const LINE_BYTES_MAX: usize = 1 << 20;

/// One pipe, and who writes into it.
#[derive(Debug)]
pub struct Pipe<S> {
    file: File,
    source: S,
    /// What came since the last whole line.
    begun: Vec<u8>,
    is_open: bool,
}

impl<S: Copy> Pipe<S> {
    /// A pipe to be read.
    ///
    /// # Errors
    /// When it cannot be set to answer at once.
    pub fn new(pipe: OwnedFd, source: S) -> io::Result<Self> {
        let flags = rustix::fs::fcntl_getfl(&pipe)?;
        rustix::fs::fcntl_setfl(&pipe, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(Pipe { file: pipe.into(), source, begun: Vec::new(), is_open: true })
    }

    /// Whether somebody may still write into it.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Tells the last line, which has no end.
    pub fn finish(&mut self, tell: &mut dyn FnMut(S, String)) {
        if !self.begun.is_empty() {
            tell(self.source, text_of(&self.begun));
            self.begun.clear();
        }
    }

    fn read(&mut self, tell: &mut dyn FnMut(S, String)) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        let mut bytes = 0;
        while self.is_open && bytes < TURN_BYTES {
            match self.file.read(&mut buffer) {
                Ok(0) => self.is_open = false,
                Ok(count) => {
                    bytes += count;
                    self.take(buffer.get(..count).unwrap_or_default(), tell);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], tell: &mut dyn FnMut(S, String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() > LINE_BYTES_MAX {
                tell(self.source, text_of(&self.begun));
                self.begun.clear();
            }
        }
    }
}

fn text_of(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned()
}

/// Waits until there is something to read, or so long; whether there is.
///
/// # Errors
/// When the kernel does not tell.
pub fn wait<S>(pipes: &[Pipe<S>], patience: Duration) -> io::Result<bool> {
    let mut watched: Vec<PollFd<'_>> =
        pipes.iter().filter(|pipe| pipe.is_open).map(|pipe| PollFd::new(&pipe.file, PollFlags::IN)).collect();
    let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
    match poll(&mut watched, Some(&patience)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Reads what is there and tells each whole line.
///
/// # Errors
/// When a pipe cannot be read.
pub fn read_all<S: Copy>(pipes: &mut [Pipe<S>], tell: &mut dyn FnMut(S, String)) -> io::Result<()> {
    pipes.iter_mut().try_for_each(|pipe| pipe.read(tell))
}
