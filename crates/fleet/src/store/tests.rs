//! The desk's memory, alone and used by several at once.

use super::*;
use framboise_core::Timestamp;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::protocol::http::Identity;
use framboise_core::trust::Sealed;

fn identity(name: &str) -> Identity {
    Identity {
        framboise: "0.1.0".into(),
        api: 1,
        device: DeviceId(format!("id-of-{name}").into()),
        name: name.into(),
        model: None,
        os: "Debian".into(),
        architecture: "arm64".into(),
        seed_routes: false,
    }
}

fn open() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("desk.sqlite")).unwrap();
    (directory, store)
}

#[tokio::test]
async fn devices_come_back_sorted_with_their_last_address() {
    let (_directory, store) = open();
    let now = Timestamp::UNIX_EPOCH;
    for (name, address) in [("kiosk-10", "10.0.0.10:5000"), ("kiosk-2", "10.0.0.2:5000"), ("kiosk-2", "10.0.0.3:5000")]
    {
        store.keep_device(address.parse().unwrap(), identity(name), now).await.unwrap();
    }
    let devices = store.devices().await.unwrap();
    let shown: Vec<_> = devices.iter().map(|device| (device.name(), device.address.to_string())).collect();
    assert_eq!(shown, [("kiosk-2", "10.0.0.3:5000".to_owned()), ("kiosk-10", "10.0.0.10:5000".to_owned())]);
    assert!(store.forget_device(devices[0].id()).await.unwrap());
    assert!(!store.forget_device(devices[0].id()).await.unwrap());
    assert_eq!(store.devices().await.unwrap().len(), 1);
}

#[tokio::test]
async fn orders_and_their_outcomes_are_kept() {
    let (_directory, store) = open();
    let id = OrderId::new(1, [0; 10]);
    let device = DeviceId("one".into());
    let order = SentOrder { id, sealed: Sealed("{}".into()), what: "kiosk.txt".into(), issued: Timestamp::UNIX_EPOCH };
    store.keep_order(order.clone(), vec![device.clone(), DeviceId("two".into())]).await.unwrap();
    assert_eq!(store.order(id).await.unwrap(), Some(order));
    assert_eq!(store.orders_to(&device).await.unwrap()[0].outcome, None);
    store.keep_outcome(id, &device, &serde_json::json!({"state": "committed"})).await.unwrap();
    assert_eq!(store.orders_to(&device).await.unwrap()[0].outcome, Some(serde_json::json!({"state": "committed"})));
}

#[tokio::test]
async fn receipts_are_kept_once_each() {
    let (_directory, store) = open();
    let device = DeviceId("one".into());
    store.keep_receipts(&device, vec![(1, Sealed("a".into())), (2, Sealed("b".into()))]).await.unwrap();
    store.keep_receipts(&device, vec![(2, Sealed("other".into())), (3, Sealed("c".into()))]).await.unwrap();
    assert_eq!(store.newest_receipt(&device).await.unwrap(), Some(Sealed("c".into())));
    assert_eq!(store.newest_receipt(&DeviceId("two".into())).await.unwrap(), None);
    assert_eq!(store.receipts(&device).await.unwrap(), ["a", "b", "c"].map(|text| Sealed(text.into())));
}

#[test]
fn many_at_once_neither_fail_nor_share_a_counter() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.sqlite");
    // Each opens the new file by itself, as commands do, so that they also meet in its making.
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let store = Store::open(&path).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    let mut counters = Vec::new();
                    for _ in 0..20 {
                        counters.push(store.next_counter("key", 1000, 0).await.unwrap());
                    }
                    assert!(counters.is_sorted_by(|a, b| a < b));
                    counters
                })
            })
        })
        .collect();
    let mut counters: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    counters.sort_unstable();
    assert_eq!(counters, (1000..1160).collect::<Vec<u64>>());
}

#[tokio::test]
async fn the_counter_passes_what_devices_have_seen() {
    let (_directory, store) = open();
    assert_eq!(store.next_counter("key", 5, 0).await.unwrap(), 5);
    assert_eq!(store.next_counter("key", 5, 90).await.unwrap(), 91);
    assert_eq!(store.next_counter("key", 5, 0).await.unwrap(), 92);
}

#[test]
fn a_file_of_a_later_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.sqlite");
    drop(Store::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", schema::FORM + 1).unwrap();
    drop(connection);
    assert!(matches!(Store::open(&path), Err(StoreError::Newer { .. })));
}

#[test]
fn what_is_no_database_is_told_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.sqlite");
    std::fs::write(&path, "not a database, though long enough to be looked at as one".repeat(20)).unwrap();
    let Err(error) = Store::open(&path) else { panic!("opened") };
    assert!(error.to_string().contains("desk.sqlite"));
}
