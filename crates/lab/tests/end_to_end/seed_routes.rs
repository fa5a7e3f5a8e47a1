//! The original's two requests, as its users typed them.

use crate::answer::{Answer, WRITE_OUT};
use crate::pi::{Pi, base64_of};
use framboise_lab::Suite;

on_each_suite!(as_it_was_typed);

fn as_it_was_typed(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "fram-hello\nfram-dep\nfram-conf\n").unwrap();
    let typed = |command: &str| {
        let command =
            format!("cd {}; {command} --silent --show-error --write-out '{WRITE_OUT}'", folder.path().display());
        Answer::read(&pi.lab.desk(["sh", "-c", &command]).unwrap())
    };
    let answer = typed(r#"curl --data "$(base64 -w0 list.txt)" http://10.77.0.11:5000/update"#).done();
    let changes = ["fram-conf 1.0 2.0", "fram-dep 1.0 2.0", "fram-hello 1.0 2.0", "fram-lib none 2.0"];
    assert_eq!(answer.changes(), changes);
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
    let answer = typed("curl http://10.77.0.11:5000/rollback").done();
    assert_eq!(answer.changes().len(), 4, "{}", answer.text);
    pi.snapshot().same_as(&before, "after /update and /rollback");
    // The line breaks of `base64` without -w0, as a file and as --data (which drops them).
    typed("base64 list.txt > list.b64; curl --data-binary @list.b64 http://10.77.0.11:5000/update").done();
    typed("curl http://10.77.0.11:5000/rollback").done();
    typed("curl --data @list.b64 http://10.77.0.11:5000/update").done();
    // Asked for its head alone, it does nothing.
    typed("curl --head http://10.77.0.11:5000/rollback");
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
}

#[test]
fn every_way_to_write_a_list() {
    let pi = Pi::raise(Suite::Trixie);
    let before = pi.snapshot();
    for list in ["fram-hello fram-conf", "fram-hello,fram-conf", "fram-hello\r\nfram-conf\r\n"] {
        let changes = pi.update(list).done().changes();
        assert_eq!(changes, ["fram-conf 1.0 2.0", "fram-hello 1.0 2.0"], "{list:?}");
        pi.rollback().done();
        pi.snapshot().same_as(&before, list);
    }
    pi.update("fram-hello fram-conf").done();
    let updated = pi.snapshot();
    let lists = [
        "fram-hello , fram-conf",
        "\u{feff}fram-hello\tfram-conf",
        "# both\nfram-hello # one\n\n\nfram-conf # and the other, too\n",
        "fram-hello=2.0 fram-conf:amd64",
        "fram-hello/lab fram-conf fram-conf",
    ];
    let encoded = base64_of("fram-hello");
    let unpadded = encoded.trim_end_matches('=');
    assert_ne!(unpadded, encoded);
    let bodies = [encoded.clone(), unpadded.to_owned(), format!(" {encoded}\n"), format!("{unpadded}=")];
    // Understood, and as they are already.
    for body in lists.map(base64_of).iter().chain(&bodies) {
        assert_eq!(pi.post(body).done().changes(), Vec::<String>::new(), "{body:?}");
    }
    pi.snapshot().same_as(&updated, "after updates with nothing to do");
}
