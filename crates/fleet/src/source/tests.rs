//! Update files from paths and addresses, good and bad.

use super::*;
use framboise_core::digest::Digest;
use std::io::Write as _;
use std::net::TcpListener;

struct Desk {
    directory: tempfile::TempDir,
    home: Home,
}

fn desk() -> Desk {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::at(&directory.path().join("data"), &directory.path().join("cache")).unwrap();
    Desk { directory, home }
}

impl Desk {
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        Source::Path(path)
    }

    async fn load(&self, source: &Source) -> Result<LoadedFile, SourceError> {
        load(source, &self.home, |_| {}).await
    }
}

/// Answers every request with these bytes, on an address of its own.
fn serve(status: &'static str, body: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(body);
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_path_is_read_as_it_is() {
    let desk = desk();
    let loaded = desk.load(&desk.write("kiosk.txt", "vim\n# why\nhello\n")).await.unwrap();
    assert_eq!((loaded.name.as_str(), loaded.text.as_str()), ("kiosk.txt", "vim\n# why\nhello\n"));
    assert!(loaded.debs.is_empty());
}

#[tokio::test]
async fn an_address_is_fetched() {
    let desk = desk();
    let url = format!("{}/lists/kiosk.txt?x=1", serve("200 OK", b"vim\n"));
    let loaded = desk.load(&Source::of(&url)).await.unwrap();
    assert_eq!((loaded.name.as_str(), loaded.text.as_str()), ("kiosk.txt", "vim\n"));
}

#[tokio::test]
async fn what_cannot_be_had_says_so() {
    let desk = desk();
    let big = "vim\n".repeat(TEXT_BYTES_MAX);
    let cases = [
        (Source::of("/nonexistent/kiosk.txt"), "/nonexistent/kiosk.txt could not be read".to_owned()),
        (Source::Path(desk.directory.path().to_owned()), "could not be read".to_owned()),
        (desk.write("big.txt", &big), "larger than 64 KiB".to_owned()),
        (desk.write("latin1.txt", b"vim\ncaf\xe9\n"), "line 2 holds other bytes".to_owned()),
        (desk.write("empty.txt", ""), "lists no package".to_owned()),
        (desk.write("bad.txt", "vim\n-foo\n"), "bad.txt:2:1: \"-foo\" is not".to_owned()),
        (Source::of(&serve("404 Not Found", b"")), "404".to_owned()),
        (Source::of(&serve("200 OK", b"<!doctype html>")), "is a web page".to_owned()),
        (Source::of("http://127.0.0.1:1/kiosk.txt"), "could not be fetched".to_owned()),
    ];
    for (source, expected) in cases {
        let error = desk.load(&source).await.unwrap_err();
        assert!(error.to_string().contains(&expected), "{}: {error}", source.shown());
        assert!(!error.next_step().is_empty());
    }
}

#[tokio::test]
async fn debs_are_named_by_their_digest() {
    let desk = desk();
    let deb = b"!<arch>\ndebian-binary   rest";
    desk.write("x.deb", deb);
    let url = format!("{}/y.deb", serve("200 OK", b"!<arch>\ndebian-binary   other"));
    let loaded = desk.load(&desk.write("kiosk.txt", format!("vim\n./x.deb\n{url}\n"))).await.unwrap();
    let digest = Digest::of(deb);
    assert_eq!(loaded.debs.len(), 2);
    assert_eq!(loaded.debs[0].sha256, digest);
    assert!(loaded.text.starts_with(&format!("vim\nsha256:{digest}\nsha256:")), "{}", loaded.text);
    let path = loaded.debs[1].path().to_owned();
    assert!(path.exists());
    drop(loaded);
    assert!(!path.exists(), "what was fetched is deleted with it");
}

#[tokio::test]
async fn checks_stay_when_debs_are_replaced() {
    let desk = desk();
    desk.write("x.deb", b"!<arch>\ndebian-binary   rest");
    let toml = "packages = [\"./x.deb\"]\n[checks.web]\ntcp = \"localhost:80\"\n";
    let loaded = desk.load(&desk.write("kiosk.toml", toml)).await.unwrap();
    let again = UpdateFile::parse(&loaded.name, &loaded.text).unwrap();
    assert_eq!(again, loaded.file);
    assert!(again.checks.contains_key("web"));
}

#[tokio::test]
async fn debs_that_are_none_are_told() {
    let desk = desk();
    desk.write("page.deb", "<html>not found, but a long page about it</html>");
    desk.write("short.deb", "!<arch>");
    for (name, expected) in
        [("page", "not a Debian package"), ("short", "not a Debian package"), ("gone", "could not be read")]
    {
        let error = desk.load(&desk.write("kiosk.txt", format!("./{name}.deb\n"))).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let url = serve("200 OK", b"./secret.deb\n");
    let error = desk.load(&Source::of(&url)).await.unwrap_err();
    assert!(error.to_string().contains("cannot name files of this computer"), "{error}");
}
