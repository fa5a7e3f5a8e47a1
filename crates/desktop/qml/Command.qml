import QtQuick

// A command to copy.
Rectangle {
    id: c
    property string text
    implicitHeight: 40
    radius: Theme.radius
    color: Theme.dark ? "#26252B" : "#ECEAEF"
    Copyable { id: line; clip: true; width: parent.width - copy.width - 24; value: c.text; font.family: Theme.mono; font.pixelSize: 12; color: Theme.ink; anchors { left: parent.left; leftMargin: 12; verticalCenter: parent.verticalCenter } }
    PushButton { id: copy; onRun: { line.selectAll(); line.copy(); line.deselect() } small: true; kind: "quiet"; glyph: "copy"; text: Words.t("Copy", "Copier"); anchors { right: parent.right; rightMargin: 4; verticalCenter: parent.verticalCenter } }
}
