import QtQuick
import QtQuick.Controls

// The least that somebody could press: what bench/desktop.py starts beside the real window.
ApplicationWindow {
    width: 1280
    height: 800
    visible: true
    Button { anchors.centerIn: parent; text: "Press" }
}
