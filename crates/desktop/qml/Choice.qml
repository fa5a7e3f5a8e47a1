import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// One of several: a restore point to go back to.
RadioButton {
    id: c
    property string line
    property bool seal: true // a restore point shows its way back
    property int have: 1
    property int of: 1
    Layout.fillWidth: true
    implicitHeight: 56
    indicator: null
    hoverEnabled: true
    topPadding: 0
    bottomPadding: 0
    Accessible.name: text + ", " + line
    Accessible.onToggleAction: clicked()
    Accessible.onPressAction: clicked()
    Accessible.ignored: !visible
    Keys.onReturnPressed: clicked()
    Keys.onEnterPressed: clicked()
    contentItem: RowLayout {
        spacing: 12
        Rectangle {
            implicitWidth: 16; implicitHeight: 16; radius: 8
            color: "transparent"
            border { width: c.checked ? 5 : 1.5; color: c.checked ? Theme.accent : Theme.control }
        }
        ColumnLayout {
            spacing: 2
            Layout.fillWidth: true
            Txt { Layout.fillWidth: true; elide: Text.ElideRight; text: c.text; font.weight: Font.Medium; Accessible.ignored: true }
            Txt { Layout.fillWidth: true; elide: Text.ElideRight; text: c.line; font.pixelSize: Theme.small; color: Theme.muted; Accessible.ignored: true }
        }
        Seal { visible: c.seal; have: c.have; of: c.of; size: 16 }
        Txt { visible: c.seal; text: Words.guaranteed(c.have, c.of); font.pixelSize: Theme.small; color: Theme.muted; Accessible.ignored: true }
    }
    leftPadding: 12
    rightPadding: 12
    background: Rectangle { radius: Theme.radius; color: c.checked ? Theme.tint : c.hovered ? Theme.hover : "transparent"; FocusRing { shown: c.visualFocus } }
}
