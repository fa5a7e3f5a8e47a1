import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// Lies over the table. Title, one line, content that scrolls, one filled button at the end.
Dialog {
    id: s
    property string line
    property Component actions
    default property alias body: inner.data
    parent: Overlay.overlay
    width: Math.min(880, parent.width - 2 * Theme.margin)
    readonly property int top: Math.max(80, Math.ceil(head.height) + 32)
    height: Math.min(inner.implicitHeight + top + 80 + Theme.gap, parent.height - 2 * Theme.margin)
    x: Math.round((parent.width - width) / 2)
    y: Math.round((parent.height - height) / 2)
    padding: 0
    header: null
    footer: null
    modal: true
    focus: true
    closePolicy: Popup.CloseOnEscape
    Overlay.modal: Rectangle { color: Theme.scrim }
    enter: Transition { NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.normal } }
    exit: Transition { NumberAnimation { property: "opacity"; to: 0; duration: Theme.quick } }
    background: Rectangle { color: Theme.raised; radius: Theme.sheetRadius; border { width: 1; color: Theme.dark ? Theme.edge : Theme.line } }
    contentItem: Item {
        Column {
            id: head
            x: 32
            y: 24
            width: parent.width - 96
            spacing: 4
            Txt { width: parent.width; elide: Text.ElideRight; text: s.title; font.pixelSize: Theme.title; strong: true; Accessible.role: Accessible.Heading }
            Txt { width: parent.width; wrapMode: Text.Wrap; text: s.line; color: Theme.muted }
        }
        CloseButton { anchors { right: parent.right; top: parent.top; margins: 20 } onRun: s.close() }
        Flickable {
            id: flick
            anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: s.top; bottom: foot.top }
            clip: true
            contentHeight: inner.implicitHeight + Theme.u + Theme.gap
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar { id: bar; width: 12; padding: 3; policy: flick.contentHeight > flick.height + 1 ? ScrollBar.AlwaysOn : ScrollBar.AlwaysOff; background: null; contentItem: Rectangle { radius: 3; color: bar.hovered || bar.pressed ? Theme.control : Theme.edge } }
            ColumnLayout { id: inner; x: 32; y: Theme.u; // room for the ring of focus
                width: flick.width - 64; spacing: 0 }
        }
        Item {
            id: foot
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: 72
            Rule { width: parent.width }
            Loader { anchors { fill: parent; leftMargin: 32; rightMargin: 32 } sourceComponent: s.actions }
        }
    }
}
