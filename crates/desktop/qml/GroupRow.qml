import QtQuick
import QtQuick.Controls

// "58 fine": many that do the same are one line; a press shows or hides them.
Rectangle {
    id: g
    property string group
    property int count
    property bool open: true
    property bool current: false
    property bool ringed: true
    readonly property bool folds: group !== "found"
    readonly property string title: folds ? Words.state(group) : Words.t("Found on this network, no agent yet", "Trouvés sur ce réseau, pas encore d'agent")
    readonly property string note: folds ? "" : Words.t("To manage one, install framboise_….deb on it: sudo apt install ./framboise_….deb", "Pour en gérer un, installez-y framboise_….deb : sudo apt install ./framboise_….deb")
    signal toggled()
    implicitHeight: 48
    color: folds && hover.hovered ? Theme.hover : "transparent"
    Accessible.role: Accessible.Heading
    Accessible.name: Words.number(count) + " " + title + (note ? ". " + note : "")
    Accessible.onPressAction: toggled()
    HoverHandler { id: hover; enabled: g.folds }
    TapHandler { enabled: g.folds; onTapped: g.toggled() }
    Row {
        x: 24
        anchors { verticalCenter: parent.verticalCenter; verticalCenterOffset: g.folds ? 0 : 4 }
        spacing: Theme.u
        Icon { name: g.open ? "down" : "right"; visible: g.folds; color: Theme.muted; anchors.verticalCenter: parent.verticalCenter }
        Mark { kind: g.group === "run" ? "working" : g.group; visible: g.folds; anchors.verticalCenter: parent.verticalCenter }
        Txt { text: g.title; strong: true; font.pixelSize: Theme.small; anchors.verticalCenter: parent.verticalCenter; Accessible.ignored: true }
        Txt { text: Words.number(g.count); color: Theme.muted; font.pixelSize: Theme.small; anchors.verticalCenter: parent.verticalCenter; Accessible.ignored: true }
        Txt { text: g.note; color: Theme.muted; font.pixelSize: Theme.small; leftPadding: Theme.u; anchors.verticalCenter: parent.verticalCenter; elide: Text.ElideRight; width: Math.max(0, Math.min(implicitWidth, g.width - x - 48)); Accessible.ignored: true }
    }
    PushButton {
        visible: g.folds
        kind: "quiet"; small: true
        focusPolicy: Qt.NoFocus
        text: Words.t("Select All ", "Tout choisir : ") + Words.number(g.count)
        onRun: Desk.send("select-group", { group: g.group })
        anchors { right: parent.right; rightMargin: Theme.margin - 12; verticalCenter: parent.verticalCenter }
    }
    Rule { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
    Rectangle { anchors.fill: parent; anchors.margins: 2; radius: 6; color: "transparent"; visible: g.current && g.ringed; border { width: 2; color: Theme.focus } }
}
