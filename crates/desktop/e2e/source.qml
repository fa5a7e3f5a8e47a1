import QtQuick
import QtQuick.Window

// A file to be dragged, as from a file manager: the last word of the command line is its address.
Window {
    id: source
    x: 20
    y: 700
    width: 160
    height: 60
    visible: true
    title: "A file"
    flags: Qt.Window | Qt.WindowStaysOnTopHint
    Rectangle {
        anchors.fill: parent
        color: "orange"
        MouseArea { anchors.fill: parent; property bool begun: false; onPositionChanged: if (!begun) { begun = true; file.Drag.active = true } }
        Item {
            id: file
            Drag.dragType: Drag.Automatic
            Drag.mimeData: ({ "text/uri-list": Qt.application.arguments[Qt.application.arguments.length - 1] + "\r\n" })
        }
    }
}
