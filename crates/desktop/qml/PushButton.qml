import QtQuick
import QtQuick.Controls

// kind: plain, primary (one on a screen) or quiet. Not ready is not disabled: it keeps focus and says why.
Button {
    id: b
    property string kind: "plain"
    property string glyph: ""
    property bool ready: true
    property string reason: ""
    property bool small: false
    property bool sunk: false // toggled on
    property string tip: ""   // what it does, where the word alone might not say
    property bool showReason: false
    signal run()
    readonly property bool filled: kind === "primary" && ready
    readonly property color label: !ready ? Theme.unready : filled ? Theme.accentInk : Theme.ink
    implicitHeight: small ? Theme.smallHeight : Theme.buttonHeight
    leftPadding: small ? 12 : 16
    rightPadding: leftPadding
    topPadding: 0
    bottomPadding: 0
    hoverEnabled: true
    onClicked: if (ready) run()
    Keys.onReturnPressed: clicked()
    Keys.onEnterPressed: clicked()
    Accessible.name: text
    Accessible.ignored: !visible
    Accessible.description: ready ? tip : reason
    Accessible.onPressAction: if (ready) run()
    contentItem: Item {
        implicitWidth: line.implicitWidth
        implicitHeight: line.implicitHeight
        Row {
            id: line
            anchors.centerIn: parent
            spacing: Theme.u
            Icon { name: b.glyph; color: b.label; anchors.verticalCenter: parent.verticalCenter }
            Txt { text: b.text; font.pixelSize: b.small ? Theme.small : Theme.body; font.weight: Font.Medium; color: b.label; anchors.verticalCenter: parent.verticalCenter; Accessible.ignored: true }
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: b.filled ? (b.down ? Theme.accentPressed : b.hovered ? Theme.accentHover : Theme.accent)
            : b.kind === "quiet" ? (b.down || b.sunk ? Theme.pressed : b.hovered ? Theme.hover : "transparent")
            : !b.ready ? "transparent" : (b.down || b.sunk ? Theme.pressed : b.hovered ? Theme.hover : Theme.raised)
        border { width: b.filled || b.kind === "quiet" ? 0 : 1; color: b.ready ? Theme.edge : Theme.line }
        Behavior on color { ColorAnimation { duration: Theme.quick } }
        FocusRing { shown: b.visualFocus }
    }
    ReasonTip { text: b.ready ? b.tip : b.reason; visible: b.showReason || text !== "" && (b.hovered || b.visualFocus) }
}
