import QtQuick
import QtQuick.Controls

// One line about something just done, with the way to undo it. Goes after 6 s; stays under the pointer or focus.
Rectangle {
    id: t
    property string text
    property string action
    signal run()
    implicitWidth: row.implicitWidth + 28
    implicitHeight: 48
    radius: Theme.radius
    color: Theme.tip
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text
    Row {
        id: row
        x: 16
        height: parent.height
        spacing: Theme.gap
        Txt { text: t.text; color: Theme.tipInk; font.pixelSize: Theme.small; anchors.verticalCenter: parent.verticalCenter }
        AbstractButton {
            id: undo
            visible: t.action !== ""
            height: parent.height
            onClicked: t.run()
            Accessible.name: t.action
            Accessible.ignored: !visible
            Accessible.onPressAction: t.run()
            contentItem: Txt { text: t.action; color: Theme.tipAccent; font.pixelSize: Theme.small; font.underline: undo.visualFocus || undo.hovered; strong: true; verticalAlignment: Text.AlignVCenter; rightPadding: 4; Accessible.ignored: true }
        }
    }
}
