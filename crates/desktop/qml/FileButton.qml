import QtQuick
import QtQuick.Controls

// "Select Update File"; once chosen: the file's name, what is in it, and a cross to clear. A press shows the file's lines.
Item {
    id: f
    signal select()
    signal show()
    readonly property bool has: Desk.file.state !== "none"
    readonly property string content: Desk.badFile ? (Desk.file.bad.count ? Words.lines(Desk.file.bad.count) : Words.t("can't be used", "inutilisable"))
        : Desk.hasFile ? Words.packages(Desk.file.packages) : Words.t("reading", "lecture")
    implicitHeight: Theme.buttonHeight
    implicitWidth: load.item ? load.item.implicitWidth : 0
    Loader {
        id: load
        height: parent.height
        sourceComponent: f.has ? chosen : pick
    }
    Component {
        id: pick
        PushButton { glyph: "file"; text: Words.file; onRun: f.select() }
    }
    Component {
        id: chosen
        AbstractButton {
            id: b
            height: parent ? parent.height : implicitHeight
            leftPadding: 16
            rightPadding: 40
            hoverEnabled: true
            onClicked: f.show()
            Keys.onReturnPressed: clicked()
            Keys.onEnterPressed: clicked()
            Accessible.name: Words.file + ": " + Desk.file.name + ", " + f.content
            Accessible.onPressAction: clicked()
            contentItem: Row {
                spacing: Theme.u
                Icon { name: "file"; visible: !Desk.badFile; anchors.verticalCenter: parent.verticalCenter }
                Mark { kind: "needs"; visible: Desk.badFile; anchors.verticalCenter: parent.verticalCenter }
                Txt { text: Desk.file.name; font.weight: Font.Medium; width: Math.min(implicitWidth, 200); elide: Text.ElideMiddle; anchors.verticalCenter: parent.verticalCenter; Accessible.ignored: true }
                Txt { text: f.content; color: Theme.muted; anchors.verticalCenter: parent.verticalCenter; Accessible.ignored: true }
            }
            background: Rectangle {
                radius: Theme.radius
                color: b.down ? Theme.pressed : b.hovered ? Theme.hover : Theme.raised
                border { width: 1; color: Desk.badFile ? Theme.needs : Theme.edge }
                FocusRing { shown: b.visualFocus }
            }
            CloseButton { name: Words.t("Clear the update file", "Retirer le fichier"); anchors { right: parent.right; rightMargin: 4; verticalCenter: parent.verticalCenter } onRun: Desk.send("clear-file") }
        }
    }
}
