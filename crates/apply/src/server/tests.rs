//! The root side as its socket shows it, under more requests than there are places.

use super::*;
use crate::journal::{Journal, Numbers, Ticket, Work};
use framboise_core::cause::Cause;
use framboise_core::event::EventKind;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::PlanRequest;
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::transaction::State;
use std::io::Write;

/// Longer than anything here takes, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

fn server(directory: &std::path::Path) -> Arc<Server> {
    let device = Device::open(Paths::below(directory)).unwrap();
    Arc::new(Server::new(device))
}

/// One order that runs, and has told one event.
fn running(server: &Server) -> OrderId {
    let work = Work::SeedUpdate { list: "hello".into() };
    let id = OrderId::new(1, [7; 10]);
    let ticket = Ticket { number: 0, id, by: "10.0.0.1".into(), received: jiff::Timestamp::UNIX_EPOCH, work };
    let journal = Journal::open(&server.device.paths, &Numbers::default(), ticket).unwrap();
    server.events.begin(journal.ticket.id).tell(EventKind::State { state: State::Received });
    id
}

/// A connection on which this was asked.
fn asked(server: &Arc<Server>, request: &Request) -> BufReader<UnixStream> {
    let (mut client, stream) = UnixStream::pair().unwrap();
    let server = Arc::clone(server);
    std::thread::spawn(move || converse(&server, &stream));
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(format!("{}\n", serde_json::to_string(request).unwrap()).as_bytes()).unwrap();
    BufReader::new(client)
}

fn heard(connection: &mut BufReader<UnixStream>) -> Answer {
    let mut line = String::new();
    connection.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn is_crowded(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(Failure { cause: Cause::RootSideUnreachable { .. }, .. }))
}

#[test]
fn the_confirmation_is_heard_however_many_watch() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(directory.path());
    let order = running(&server);
    let watch = Request::Watch { order, after: 0 };
    let mut watchers: Vec<_> = (0..CONNECTIONS_MAX / 2).map(|_| asked(&server, &watch)).collect();
    assert!(watchers.iter_mut().all(|watcher| matches!(heard(watcher), Answer::Event(_))));
    let refused = heard(&mut asked(&server, &watch));
    assert!(is_crowded(&refused), "{refused:?}");
    assert_eq!(heard(&mut asked(&server, &Request::Confirm { order, leaving: false })), Answer::Done);
    assert!(matches!(heard(&mut asked(&server, &Request::Transaction { order })), Answer::Transaction(_)));
    // One that goes away in silence gives its place back.
    watchers.pop();
    let began = Instant::now();
    while is_crowded(&heard(&mut asked(&server, &watch))) {
        assert!(began.elapsed() < PATIENCE, "its place stays taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.events.end(order);
}

#[test]
fn the_confirmation_is_heard_however_many_plan() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(directory.path());
    let order = running(&server);
    let busy = server.planning.lock().unwrap();
    let plan = Request::Plan { plan: PlanRequest::Update { file_name: "x".into(), text: String::new() } };
    let mut plans: Vec<_> = (0..5).map(|_| asked(&server, &plan)).collect();
    let began = Instant::now();
    let is_answered = |plan: &BufReader<UnixStream>| {
        let mut waiting = [PollFd::new(plan.get_ref(), PollFlags::IN)];
        poll(&mut waiting, Some(&Timespec::default())).is_ok_and(|count| count > 0)
    };
    let at = loop {
        if let Some(at) = plans.iter().position(is_answered) {
            break at;
        }
        assert!(began.elapsed() < PATIENCE, "none of five plans is refused");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(is_crowded(&heard(&mut plans[at])));
    assert_eq!(heard(&mut asked(&server, &Request::Confirm { order, leaving: false })), Answer::Done);
    drop(busy);
}
