import QtQuick
import QtQuick.Controls

AbstractButton {
    id: c
    property string name: Words.t("Close", "Fermer")
    signal run()
    implicitWidth: Theme.smallHeight
    implicitHeight: Theme.smallHeight
    hoverEnabled: true
    onClicked: run()
    Keys.onReturnPressed: run()
    Keys.onEnterPressed: run()
    Accessible.name: name
    Accessible.ignored: !visible
    Accessible.onPressAction: run()
    contentItem: Item { Icon { name: "close"; color: Theme.muted; anchors.centerIn: parent } }
    background: Rectangle { radius: Theme.radius; color: c.down ? Theme.pressed : c.hovered ? Theme.hover : "transparent"; FocusRing { shown: c.visualFocus } }
    ReasonTip { text: c.name; visible: c.hovered }
}
