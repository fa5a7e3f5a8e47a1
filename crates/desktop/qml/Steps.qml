import QtQuick
import QtQuick.Layouts

// What a device did, one line a step.
ColumnLayout {
    property var steps: []
    spacing: Theme.u
    Accessible.role: Accessible.List
    Accessible.name: Words.t("What happened", "Déroulement")
    Repeater {
        model: parent.steps
        RowLayout {
            required property var modelData
            readonly property bool bad: modelData.mark === "cross"
            spacing: Theme.u
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData.time + " " + modelData.text
            Mark { kind: modelData.mark; size: 12; color: modelData.mark === "tick" ? Theme.fine : bad ? Theme.needs : Theme.back; Layout.preferredWidth: 14; Layout.alignment: Qt.AlignTop; Layout.topMargin: 3 }
            Txt { text: modelData.text; font.pixelSize: Theme.small; font.weight: bad || modelData.mark === "back" ? Font.Medium : Font.Normal; Layout.fillWidth: true; wrapMode: Text.Wrap }
            Txt { Layout.alignment: Qt.AlignTop; text: modelData.time; font.pixelSize: Theme.small; color: Theme.muted }
        }
    }
}
