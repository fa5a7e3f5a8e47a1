//! Compiles the bridge to Qt and packs the window's QML into the program.

use cxx_qt_build::{CxxQtBuilder, QmlModule};

fn main() {
    println!("cargo::rerun-if-changed=qml");
    // As they are: compiling them ahead would be a C++ file for each, and Qt keeps what it has compiled once in its cache.
    let mut files: Vec<String> = std::fs::read_dir("qml")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| format!("qml/{name}"))
        .collect();
    files.sort();
    CxxQtBuilder::new_qml_module(QmlModule::new("org.framboise.desktop"))
        .qt_module("Quick")
        // Its folder of links is made anew by every build, which would make every build dirty.
        .crate_include_root(None)
        .include_dir("cpp")
        .cpp_file("cpp/rows_base.h")
        .cpp_file("cpp/rows_base.cpp")
        .cpp_file("cpp/support.cpp")
        .file("src/bridge.rs")
        .qrc_resources(files)
        .build();
}
