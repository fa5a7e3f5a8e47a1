//! The one bridge: the rows of the table as a model, and a messenger between QML and the controller.

#![allow(missing_docs, unsafe_code, reason = "what the macro makes; it takes no attribute of its own")]

use crate::session::{self, Look};
use crate::text::QString;
use core::pin::Pin;
use cxx_qt::{CxxQtType, Threading};
use framboise_controller::{Command, Controller, Notice, Row, RowChange, RowKind, start};
use std::time::Duration;
use tokio::runtime::Runtime;

#[cxx_qt::bridge]
pub mod ffi {
    unsafe extern "C++" {
        include!("support.h");
        type QString = crate::text::QString;
        #[cxx_name = "textFrom"]
        fn text_from(text: &str) -> QString;
        #[cxx_name = "textOf"]
        fn text_of(text: &QString) -> String;
        #[cxx_name = "dropText"]
        fn drop_text(text: &mut QString);
        #[cxx_name = "runWindow"]
        fn run_window(window: &str, version: &str) -> i32;
        fn speak(language: &str);
        #[cxx_name = "keepMemoryTogether"]
        fn keep_memory_together();
        #[cxx_name = "giveBackMemory"]
        fn give_back_memory();
        #[cxx_name = "paletteIsDark"]
        fn palette_is_dark() -> bool;
    }
    unsafe extern "C++Qt" {
        include!("rows_base.h");
        #[qobject]
        type RowsBase;
    }
    unsafe extern "RustQt" {
        #[qobject]
        #[base = RowsBase]
        #[qml_element]
        #[qml_singleton]
        #[qproperty(bool, dark)]
        #[qproperty(bool, still)]
        #[qproperty(QString, version)]
        #[qproperty(QString, geometry)]
        type Bridge = super::BridgeRust;

        /// A view changed: its name, and what it holds as JSON.
        #[qsignal]
        fn told(self: Pin<&mut Bridge>, name: QString, json: QString);
        /// Sends a command, as JSON.
        #[qinvokable]
        fn send(self: Pin<&mut Bridge>, command: &QString);
        /// Before the window closes; false when it has to stay a moment, to tell devices that it goes.
        #[qinvokable]
        fn leave(self: Pin<&mut Bridge>) -> bool;
        /// A frame was shown.
        #[qinvokable]
        fn frame(self: Pin<&mut Bridge>);
        /// The first row whose name begins so; -1 when there is none.
        #[qinvokable]
        fn find(self: &Bridge, beginning: &QString) -> i32;
        /// The group whose heading stands at this place; empty when none does.
        #[qinvokable]
        #[cxx_name = "groupAt"]
        fn group_at(self: &Bridge, row: i32) -> QString;
        /// The key of the row at this place.
        #[qinvokable]
        #[cxx_name = "keyAt"]
        fn key_at(self: &Bridge, row: i32) -> QString;

        #[inherit]
        #[cxx_name = "beginInsert"]
        fn begin_insert(self: Pin<&mut Bridge>, first: i32, last: i32);
        #[inherit]
        #[cxx_name = "endInsert"]
        fn end_insert(self: Pin<&mut Bridge>);
        #[inherit]
        #[cxx_name = "beginRemove"]
        fn begin_remove(self: Pin<&mut Bridge>, first: i32, last: i32);
        #[inherit]
        #[cxx_name = "endRemove"]
        fn end_remove(self: Pin<&mut Bridge>);
        #[inherit]
        fn changed(self: Pin<&mut Bridge>, first: i32, last: i32);
        #[cxx_override]
        fn total(self: &Bridge) -> i32;
        #[cxx_override]
        #[cxx_name = "textAt"]
        fn text_at(self: &Bridge, row: i32, role: i32) -> QString;
        #[cxx_override]
        #[cxx_name = "numberAt"]
        fn number_at(self: &Bridge, row: i32, role: i32) -> f64;
    }
    impl cxx_qt::Threading for Bridge {}
    impl cxx_qt::Initialize for Bridge {}
}

/// How long a closing window waits for devices to hear that it goes.
const LEAVING_MAX: Duration = Duration::from_secs(3);

/// How often free memory goes back to the system: with thousands of devices it takes some milliseconds.
const GIVE_BACK_EVERY: Duration = Duration::from_secs(10);

/// What stands behind the object that QML sees.
#[derive(Default)]
pub struct BridgeRust {
    dark: bool,
    still: bool,
    version: QString,
    geometry: QString,
    rows: Vec<Row>,
    controller: Option<Controller>,
    runtime: Option<Runtime>,
    spoken: &'static str,
    has_left: bool,
    has_drawn: bool,
}

impl cxx_qt::Initialize for ffi::Bridge {
    fn initialize(mut self: Pin<&mut Self>) {
        self.as_mut().set_version(QString::from(env!("CARGO_PKG_VERSION")));
        self.as_mut().set_dark(ffi::palette_is_dark());
        let thread = self.qt_thread();
        let tell = move |notices: Vec<Notice>| {
            // A window that is gone needs to hear nothing.
            let _ = thread.queue(move |bridge| bridge.hear(notices));
        };
        let (runtime, controller, settings) = match start(tell) {
            Ok(started) => started,
            Err(problem) => {
                eprintln!("framboise-desktop: {problem}");
                std::process::exit(1);
            }
        };
        let geometry = settings.geometry.map(|numbers| numbers.map(|number| number.to_string()).join(","));
        self.as_mut().set_geometry(QString::from(geometry.unwrap_or_default().as_str()));
        let thread = self.qt_thread();
        runtime.spawn(async move {
            let told = session::watch(|look| {
                let _ = thread.queue(move |bridge| match look {
                    Look::Dark(dark) => bridge.set_dark(dark),
                    Look::Still(still) => bridge.set_still(still),
                });
            });
            // Without a session's bus the palette's own answer stands.
            let _ = told.await;
        });
        runtime.spawn(async {
            loop {
                tokio::time::sleep(GIVE_BACK_EVERY).await;
                ffi::give_back_memory();
            }
        });
        if let Some(from) = crate::FIRST_FILE.get() {
            controller.send(Command::OpenFile { from: from.clone() });
        }
        let mut rust = self.rust_mut();
        rust.controller = Some(controller);
        rust.runtime = Some(runtime);
    }
}

impl ffi::Bridge {
    fn send(self: Pin<&mut Self>, command: &QString) {
        match serde_json::from_str::<Command>(&command.to_string()) {
            Ok(command) => {
                if let Some(controller) = &self.controller {
                    controller.send(command);
                }
            }
            Err(error) => eprintln!("framboise-desktop: {command} is no command: {error}"),
        }
    }

    fn leave(mut self: Pin<&mut Self>) -> bool {
        if self.has_left {
            return true;
        }
        self.as_mut().rust_mut().has_left = true;
        if let (Some(controller), Some(runtime)) = (self.controller.clone(), &self.runtime) {
            // Nothing is drawn any more: the wait is one of the closing window.
            let _ = runtime.block_on(async { tokio::time::timeout(LEAVING_MAX, controller.leave()).await });
        }
        true
    }

    fn frame(mut self: Pin<&mut Self>) {
        if !self.has_drawn {
            self.as_mut().rust_mut().has_drawn = true;
            if std::env::var_os("FRAMBOISE_TIMES").is_some() {
                let ms = crate::BEGAN.get().map_or(0, |began| began.elapsed().as_millis());
                eprintln!("first frame after {ms} ms");
            }
        }
    }

    fn find(&self, beginning: &QString) -> i32 {
        let beginning = beginning.to_string().to_lowercase();
        let found = self.rows.iter().position(|row| row.name.to_lowercase().starts_with(&beginning));
        found.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1)
    }

    fn group_at(&self, row: i32) -> QString {
        QString::from(self.row(row).filter(|row| row.kind == RowKind::Group).map_or("", |row| row.state))
    }

    fn key_at(&self, row: i32) -> QString {
        QString::from(self.row(row).map_or("", |row| &*row.key))
    }

    /// Takes in what the controller tells.
    fn hear(mut self: Pin<&mut Self>, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Rows(changes) => changes.into_iter().for_each(|change| self.as_mut().change(change)),
                Notice::View(name, json) => {
                    let language = if json.contains("\"language\":\"fr\"") { "fr" } else { "en" };
                    if name == "app" && self.spoken != language {
                        self.as_mut().rust_mut().spoken = language;
                        ffi::speak(language);
                    }
                    self.as_mut().told(QString::from(name), QString::from(json.as_str()));
                }
                Notice::Notify(title, text) => {
                    if let Some(runtime) = &self.runtime {
                        // Where nobody shows notifications, the work bar says the same.
                        runtime.spawn(async move { drop(session::notify(&title, &text).await) });
                    }
                }
            }
        }
    }

    fn change(mut self: Pin<&mut Self>, change: RowChange) {
        let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        match change {
            RowChange::Splice { at, removed, rows } => {
                if removed > 0 {
                    self.as_mut().begin_remove(place(at), place(at + removed - 1));
                    self.as_mut().rust_mut().rows.drain(at..at + removed);
                    self.as_mut().end_remove();
                }
                if !rows.is_empty() {
                    self.as_mut().begin_insert(place(at), place(at + rows.len() - 1));
                    self.as_mut().rust_mut().rows.splice(at..at, rows);
                    self.as_mut().end_insert();
                }
            }
            RowChange::Update { at, rows } => {
                let last = at + rows.len();
                if rows.is_empty() || last > self.rows.len() {
                    return;
                }
                self.as_mut().rust_mut().rows.splice(at..last, rows);
                self.changed(place(at), place(last - 1));
            }
        }
    }

    fn total(&self) -> i32 {
        i32::try_from(self.rows.len()).unwrap_or(i32::MAX)
    }

    fn row(&self, place: i32) -> Option<&Row> {
        usize::try_from(place).ok().and_then(|place| self.rows.get(place))
    }

    /// In the order of the names in cpp/rows_base.cpp.
    fn text_at(&self, row: i32, role: i32) -> QString {
        let Some(row) = self.row(row) else { return QString::default() };
        QString::from(match role {
            0 => &*row.key,
            1 => &row.name,
            2 => &row.address,
            3 => &row.model,
            4 => &row.os,
            5 => row.state,
            _ => &row.doing,
        })
    }

    /// Numbers from 0 on, flags from 100 on, in the order of the names in cpp/rows_base.cpp.
    fn number_at(&self, row: i32, role: i32) -> f64 {
        let Some(row) = self.row(row) else { return 0.0 };
        match role {
            0 => match row.kind {
                RowKind::Device => 0.0,
                RowKind::Group => 1.0,
                RowKind::Found => 2.0,
            },
            1 => row.share,
            2 => row.points.into(),
            3 => row.count.into(),
            100 => f64::from(u8::from(row.is_selected)),
            101 => f64::from(u8::from(row.is_fresh)),
            102 => f64::from(u8::from(row.needs_reboot)),
            _ => f64::from(u8::from(row.is_open)),
        }
    }
}
