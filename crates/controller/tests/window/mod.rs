//! A window that draws nothing: it keeps what it is told.

use framboise_controller::{Command, Controller, Notice, Row, RowChange, RowKind, Settings};
use framboise_core::plan::Plan;
use framboise_fleet::Desk;
use framboise_fleet::fake::{FakeDevice, Script};
use framboise_fleet::home::Home;
use framboise_fleet::run::{End, Terms};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Window {
    pub devices: Vec<FakeDevice>,
    pub notified: Vec<(String, String)>,
    controller: Controller,
    notices: UnboundedReceiver<Vec<Notice>>,
    views: BTreeMap<&'static str, Value>,
    rows: Vec<Row>,
    directory: tempfile::TempDir,
}

impl Window {
    pub async fn open(scripts: Vec<Script>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(&directory.path().join("data"), &directory.path().join("cache")).unwrap();
        let desk = Desk::open(home.clone()).unwrap();
        let mut devices = Vec::new();
        for script in scripts {
            let device = FakeDevice::start("127.0.0.1:0".parse().unwrap(), script).await.unwrap();
            desk.meet(device.address()).await.unwrap();
            devices.push(device);
        }
        let (tell, notices) = unbounded_channel();
        let mut settings = Settings::load(&home.data);
        settings.language = Some(framboise_controller::Language::English);
        let controller = Controller::start(desk, settings, move |told| drop(tell.send(told)));
        let count = devices.len();
        let mut window = Window {
            devices,
            notified: Vec::new(),
            controller,
            notices,
            views: BTreeMap::new(),
            rows: Vec::new(),
            directory,
        };
        window.until("fleet", |fleet| fleet["total"] == count).await;
        window
    }

    /// Gives the first device an order that this window knows nothing of.
    pub async fn order_from_another_desk(&self, plan: Plan) {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(&directory.path().join("data"), &directory.path().join("cache")).unwrap();
        let desk = Desk::open(home).unwrap();
        let known = desk.meet(self.devices[0].address()).await.unwrap();
        let results = desk.run(vec![(known, plan)], &Terms::default(), None, &|_, _| {}).await.unwrap();
        assert_eq!(results[0].end, End::Ordered);
    }

    pub fn send(&self, command: Command) {
        self.controller.send(command);
    }

    /// Presses the row at this place.
    pub fn press(&self, row: usize) {
        self.press_with(row, false, false);
    }

    pub fn press_with(&self, row: usize, ctrl: bool, shift: bool) {
        self.send(Command::Press { key: self.rows[row].key.to_string(), ctrl, shift });
    }

    /// Starts what the plan shows that was told last.
    pub fn start(&self) {
        let plan = self.views.get("plan").and_then(|plan| plan["number"].as_u64()).unwrap_or_default();
        self.send(Command::Start { plan });
    }

    /// Writes a file and chooses it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        self.file_again(name, content);
        let from = self.directory.path().join(name).display().to_string();
        self.send(Command::OpenFile { from });
    }

    pub fn file_again(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.directory.path().join(name), content).unwrap();
    }

    /// The plan of a list that names `hello` alone, for those that are selected.
    pub async fn plan_hello(&mut self) -> Value {
        self.file("kiosk.txt", "hello\n");
        self.until("file", |file| file["state"] == "good").await;
        self.send(Command::PlanUpdate);
        self.until("plan", |plan| plan["state"] == "ready").await
    }

    /// How many orders each device has, by name.
    pub fn orders(&self) -> Vec<usize> {
        self.devices.iter().map(|device| device.orders().len()).collect()
    }

    pub fn names(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.name.as_str()).collect()
    }

    /// The view, once it is as wanted.
    pub async fn until(&mut self, view: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = self.views.get(view).filter(|value| is_wanted(value)) {
                return value.clone();
            }
            self.hear(view, end).await;
        }
    }

    /// The rows, once they are as wanted.
    pub async fn rows_until(&mut self, is_wanted: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let end = Instant::now() + PATIENCE;
        while !is_wanted(&self.rows) {
            self.hear("rows", end).await;
        }
        self.rows.clone()
    }

    /// The names of the selected, once they are so many.
    pub async fn selected_when(&mut self, count: usize) -> Vec<String> {
        self.until("fleet", |fleet| fleet["selected"] == count).await;
        let is_selected = |row: &&Row| row.kind == RowKind::Device && row.is_selected;
        self.rows.iter().filter(is_selected).map(|row| row.name.clone()).collect()
    }

    async fn hear(&mut self, waiting_for: &str, end: Instant) {
        let Ok(told) = tokio::time::timeout_at(end, self.notices.recv()).await else {
            panic!("waited in vain for {waiting_for}: {:#?}\n{:#?}", self.views.get(waiting_for), self.rows);
        };
        for notice in told.into_iter().flatten() {
            match notice {
                Notice::View(name, json) => drop(self.views.insert(name, serde_json::from_str(&json).unwrap())),
                Notice::Rows(changes) => changes.into_iter().for_each(|change| self.apply(change)),
                Notice::Notify(title, text) => self.notified.push((title, text)),
            }
        }
    }

    fn apply(&mut self, change: RowChange) {
        match change {
            RowChange::Splice { at, removed, rows } => drop(self.rows.splice(at..at + removed, rows)),
            RowChange::Update { at, rows } => {
                let count = rows.len();
                drop(self.rows.splice(at..at + count, rows));
            }
        }
    }
}
