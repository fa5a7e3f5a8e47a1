import QtQuick
import QtQuick.Controls

TextField {
    id: f
    property string glyph: "search"
    property string clearName: Words.t("Clear", "Effacer")
    implicitHeight: Theme.buttonHeight
    implicitWidth: 256
    leftPadding: glyph === "" ? 12 : 40
    rightPadding: text === "" || glyph === "" ? 12 : 40
    font { family: Theme.family; pixelSize: Theme.body }
    color: Theme.ink
    placeholderTextColor: Theme.muted
    selectByMouse: true
    selectionColor: Theme.accent
    selectedTextColor: Theme.accentInk
    Accessible.name: placeholderText
    Accessible.ignored: !visible
    signal cleared()
    function empty() { clear(); cleared() }
    Keys.onEscapePressed: event => { if (text !== "") empty(); else event.accepted = false }
    background: Rectangle {
        radius: Theme.radius
        color: Theme.surface
        border { width: f.activeFocus ? 2 : 1; color: f.activeFocus ? Theme.focus : Theme.edge }
        Icon { name: f.glyph; color: Theme.muted; x: 14; anchors.verticalCenter: parent.verticalCenter }
    }
    CloseButton { visible: f.text !== "" && f.glyph !== ""; name: f.clearName; anchors { right: parent.right; rightMargin: 4; verticalCenter: parent.verticalCenter } onRun: f.empty() }
}
