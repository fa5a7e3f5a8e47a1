import QtQuick
import QtQuick.Layouts

// Restore points, newest first. Where the Pi stands is a full disc; a point one can return to is a ring.
ColumnLayout {
    id: t
    property var points: []
    property int compared: -1 // the point whose differences are shown
    property int other: 0     // what it is compared with; 0 is now
    readonly property var diff: Desk.panel.diff || null
    readonly property string subject: Desk.panel.key || ""
    onSubjectChanged: compared = -1 // another Pi: nothing is compared yet
    signal grown(Item item) // what differs from it has come
    spacing: 0
    Accessible.role: Accessible.List
    Accessible.name: Words.t("Restore points", "Points de retour")
    function compare(id, from) {
        compared = id
        other = from
        Desk.send("diff", { from: from, to: id })
    }
    Repeater {
        model: t.points
        Item {
            id: node
            required property var modelData
            required property int index
            readonly property bool open: t.compared === modelData.id
            readonly property bool isNow: modelData.current
            readonly property bool last: index === t.points.length - 1
            Layout.fillWidth: true
            implicitHeight: body.implicitHeight + (last ? 0 : Theme.margin)
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData.title + ", " + modelData.time + (isNow ? Words.t(", stands here", ", le Pi est ici") : "")
            Rectangle { x: 6; y: 18; width: 2; height: parent.height - 16; color: Theme.edge; visible: !node.last }
            Rectangle { x: 1; y: 3; width: 12; height: 12; radius: 6; color: node.isNow ? Theme.ink : Theme.ground; border { width: node.isNow ? 0 : 2; color: Theme.control } }
            ColumnLayout {
                id: body
                x: 28
                width: parent.width - 28
                spacing: 2
                Txt { Layout.fillWidth: true; wrapMode: Text.Wrap; text: node.modelData.name || node.modelData.title; font.weight: Font.Medium }
                Txt { Layout.fillWidth: true; text: node.modelData.time + (node.isNow ? Words.t(". The Pi stands here.", ". Le Pi est ici.") : ""); font.pixelSize: Theme.small; color: Theme.muted; wrapMode: Text.Wrap }
                Row {
                    visible: !node.isNow
                    spacing: 6
                    Layout.topMargin: 2
                    Seal { have: node.modelData.have; of: node.modelData.of; size: 16; anchors.verticalCenter: parent.verticalCenter }
                    Txt { text: Words.guaranteed(node.modelData.have, node.modelData.of); font.pixelSize: Theme.small; color: node.modelData.have === node.modelData.of ? Theme.muted : Theme.ink; anchors.verticalCenter: parent.verticalCenter }
                }
                Row {
                    visible: !node.isNow
                    spacing: Theme.u
                    Layout.topMargin: Theme.u
                    PushButton {
                        small: true; glyph: "back"; text: Words.rollback
                        ready: !Desk.busy
                        reason: Words.t("An order is running", "Un ordre est en cours")
                        tip: node.modelData.title + ", " + node.modelData.time
                        onRun: Desk.send("plan-rollback", { to: node.modelData.id })
                    }
                    PushButton {
                        small: true; kind: "quiet"; sunk: node.open; glyph: node.open ? "up" : "down"; text: Words.t("What Differs", "Différences")
                        onRun: if (node.open) { t.compared = -1; Desk.send("close-diff") } else t.compare(node.modelData.id, 0)
                    }
                }
                Loader {
                    Layout.fillWidth: true
                    active: node.open && t.diff !== null
                    visible: active
                    onImplicitHeightChanged: if (active) t.grown(node)
                    sourceComponent: DiffView { diff: t.diff; points: t.points; id_: node.modelData.id; onSince: from => t.compare(node.modelData.id, from) }
                }
            }
        }
    }
}
