//! What is read from a journal that is torn, spoilt, or of a newer version.

use super::*;

fn ticket() -> Ticket {
    let work = Work::SeedUpdate { list: "hello".into() };
    Ticket { number: 0, id: OrderId::new(1, [7; 10]), by: "10.0.0.1".into(), received: Timestamp::UNIX_EPOCH, work }
}

#[test]
fn what_follows_a_torn_line_never_happened() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let mut journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    journal.append(journal.next(State::Planned)).unwrap();
    journal.append(journal.next(State::Vaulted)).unwrap();
    let file = journal.part("journal");
    let whole = fs::read(&file).unwrap();
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
    for cut in 0..=whole.len() {
        fs::write(&file, &whole[..cut]).unwrap();
        let complete = ends.iter().filter(|end| **end <= cut).count();
        let read = Journal::read(&paths, journal.ticket.id).unwrap();
        assert_eq!(read.map_or(0, |read| read.records.len()), complete, "cut at {cut}");
    }
}

#[test]
fn a_spoilt_line_hides_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let mut journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    for state in [State::Planned, State::Vaulted, State::Downloaded, State::Applying] {
        journal.append(journal.next(state)).unwrap();
    }
    let file = journal.part("journal");
    let whole = fs::read(&file).unwrap();
    for at in (0..whole.len()).filter(|at| whole[*at] != b'\n') {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 1;
        fs::write(&file, &spoilt).unwrap();
        let read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
        assert!(read.is_torn() && read.records.len() >= 3, "byte {at}");
        read.mend().unwrap();
        let again = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
        assert!(!again.is_torn() && again.records.len() == read.records.len(), "byte {at}");
    }
}

#[test]
fn a_transaction_that_had_begun_is_undone_without_its_journal() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    fs::write(journal.part("journal"), b"\0\0\0\0").unwrap();
    durable::replace_json(&paths.stands_on(), &RestorePointId(3)).unwrap();
    assert!(Journal::read(&paths, journal.ticket.id).unwrap().is_none(), "nothing had begun");
    fs::write(journal.part("touched.json"), b"[]").unwrap();
    let read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
    assert_eq!((read.state(), read.before()), (State::Applying, Some(RestorePointId(3))));
    fs::write(journal.part("receipt"), b"1").unwrap();
    assert!(Journal::read(&paths, journal.ticket.id).unwrap().is_none(), "it has ended long ago");
}

#[test]
fn undoes_what_a_newer_version_was_at() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    let json = r#"{"at":"2030-01-01T00:00:00Z","state":"flying","before":7}"#;
    let line = format!("{} {json}\n", Digest::of(json.as_bytes()).short());
    durable::append_synced(&journal.part("journal"), &line).unwrap();
    let read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
    assert_eq!((read.state(), read.before()), (State::RollingBack, Some(RestorePointId(7))));
}

#[test]
fn leaves_what_a_newer_version_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    for (json, state) in [
        (r#"{"at":"2030-01-01T00:00:00Z","state":"committed","outcome":{"new":1},"closed":true}"#, State::Committed),
        (r#"{"at":"2030-01-01T00:00:00Z","state":"landed","closed":true}"#, State::Committed),
        (r#"{"at":"2030-01-01T00:00:00Z","state":"rolled-back","failure":{"new":1}}"#, State::RolledBack),
    ] {
        let line = format!("{} {json}\n", Digest::of(json.as_bytes()).short());
        durable::append_synced(&journal.part("journal"), &line).unwrap();
        let read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
        assert_eq!((read.state(), read.is_closed()), (state, json.contains("closed")), "{json}");
    }
}

#[test]
fn a_spoilt_ticket_does_not_keep_it_from_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let mut journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    journal.append(journal.next(State::Applying)).unwrap();
    fs::write(journal.part("ticket.json"), b"{").unwrap();
    assert_eq!(Journal::read(&paths, journal.ticket.id).unwrap().unwrap().state(), State::Applying);
}

#[test]
fn goes_on_after_a_torn_line() {
    let directory = tempfile::tempdir().unwrap();
    let paths = Paths::below(directory.path());
    let journal = Journal::open(&paths, &Numbers::default(), ticket()).unwrap();
    let file = journal.part("journal");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend(b"0123abcd {\"at\":");
    fs::write(&file, &bytes).unwrap();
    let mut read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
    assert_eq!(fs::read(&file).unwrap(), bytes, "reading changes nothing");
    read.mend().unwrap();
    read.append(read.next(State::Failed)).unwrap();
    assert_eq!(Journal::read(&paths, journal.ticket.id).unwrap().unwrap().state(), State::Failed);
}
