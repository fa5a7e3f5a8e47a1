//! A web server that hands out the files of a folder, for apt.

use std::fs::File;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;
use tiny_http::{Method, Request, Response, Server};

use crate::error::{Error, Result};

/// Answers several devices at once.
const THREADS: usize = 8;

/// The line that says that connections are accepted.
pub(crate) const READY: &str = "ready";

/// Serves `folder` on port 80 of all addresses until it is killed.
///
/// Without `Last-Modified`, apt cannot ask for what changed since, and never gets "not modified" for two states of the
/// archive in one second.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let server = Server::http((Ipv4Addr::UNSPECIFIED, 80))
        .map_err(|e| Error::Kernel { operation: "listen on port 80".into(), source: io::Error::other(e) })?;
    println!("{READY}");
    io::stdout().flush().map_err(Error::io("write", "stdout"))?;
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    // A device may hang up, or lose power, at any moment.
                    let _ = answer(folder, request);
                }
            });
        }
    });
    Ok(())
}

fn answer(folder: &Path, request: Request) -> io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(405));
    }
    match local_path(folder, request.url()).map(File::open) {
        Some(Ok(file)) if file.metadata().is_ok_and(|data| data.is_file()) => {
            request.respond(Response::from_file(file))
        }
        _ => request.respond(Response::empty(404)),
    }
}

/// The file that a request's path names; nothing outside `folder`.
fn local_path(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = Path::new(path.trim_start_matches('/'));
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        let path = local_path(Path::new("/site"), "/debian/pool/file_1%253a5.44_amd64.deb");
        assert_eq!(path, Some(PathBuf::from("/site/debian/pool/file_1%3a5.44_amd64.deb")));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        assert_eq!(local_path(Path::new("/site"), "/../etc/passwd"), None);
        assert_eq!(local_path(Path::new("/site"), "/a/%2e%2e/%2e%2e/etc/passwd"), None);
    }
}
