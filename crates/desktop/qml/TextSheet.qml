import QtQuick
import QtQuick.Layouts

// A sheet that only tells: rows of a word and what it means, and perhaps a line to copy.
Sheet {
    id: s
    property var rows: []
    property string command: ""
    width: Math.min(640, parent.width - 48)
    Repeater {
        model: s.rows
        RowLayout {
            required property var modelData
            Layout.fillWidth: true
            Layout.bottomMargin: Theme.u
            spacing: Theme.gap
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData[0] + ": " + modelData[1]
            Txt { text: modelData[0]; font { weight: Font.Medium; pixelSize: Theme.small } Layout.preferredWidth: 176; Layout.alignment: Qt.AlignTop; Accessible.ignored: true }
            Txt { text: modelData[1]; font.pixelSize: Theme.small; color: Theme.muted; Layout.fillWidth: true; wrapMode: Text.Wrap; Accessible.ignored: true }
        }
    }
    Command { visible: s.command !== ""; Layout.fillWidth: true; text: s.command }
    actions: Component {
        RowLayout {
            Item { Layout.fillWidth: true }
            PushButton { kind: "plain"; text: Words.close; onRun: s.close(); Component.onCompleted: forceActiveFocus(Qt.TabFocusReason) }
        }
    }
}
