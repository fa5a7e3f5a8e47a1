import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// The fleet in one sentence; every state in it is a filter.
Item {
    id: h
    property alias search: search
    signal key()
    signal shortcuts()
    signal about()
    signal network()
    // The one in use has a tick.
    component Look: Action {
        property string theme
        readonly property bool on: Desk.app.theme === theme
        onTriggered: Desk.send("paint", { theme: theme })
    }
    readonly property bool narrow: width < 1100
    readonly property int total: Desk.fleet.total
    readonly property string sentence: total ? Words.pis(total) + Words.t(": ", " : ") + Desk.fleet.counts.map(c => Words.count(c.count, c.state)).join(", ")
        : Desk.scan.on ? Words.t("No Pis yet", "Pas encore de Pi") : "Framboise"
    implicitHeight: 64
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.margin; rightMargin: Theme.margin }
        spacing: Theme.u
        Item {
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            Accessible.role: Accessible.Heading
            Accessible.name: h.sentence
            Row {
                anchors.verticalCenter: parent.verticalCenter
                Txt { text: h.total ? Words.pis(h.total) + Words.t(":", " :") : h.sentence; font.pixelSize: h.narrow ? Theme.lead : Theme.title; strong: true; Accessible.ignored: true }
                Repeater {
                    model: Desk.fleet.counts
                    AbstractButton {
                        id: part
                        required property var modelData
                        required property int index
                        readonly property bool loud: modelData.state === "needs" || modelData.state === "back"
                        readonly property bool on: Desk.fleet.filter === modelData.state
                        leftPadding: Theme.u
                        hoverEnabled: true
                        Keys.onReturnPressed: clicked()
                        Keys.onEnterPressed: clicked()
                        onClicked: Desk.send("filter", { state: modelData.state })
                        Accessible.name: Words.count(modelData.count, modelData.state)
                        Accessible.description: on ? Words.t("Shows all again", "Montre tout à nouveau") : Words.t("Shows only these", "Ne montre que ceux-ci")
                        Accessible.onPressAction: clicked()
                        HoverHandler { cursorShape: Qt.PointingHandCursor }
                        contentItem: Row {
                            spacing: 6
                            Mark { kind: part.modelData.state; visible: part.loud || part.on; size: h.narrow ? 14 : 16; anchors.verticalCenter: parent.verticalCenter }
                            Txt {
                                text: Words.count(part.modelData.count, part.modelData.state) + (part.index < Desk.fleet.counts.length - 1 ? "," : "")
                                font { pixelSize: h.narrow ? Theme.lead : Theme.title; weight: part.loud || part.on ? Font.Medium : Font.Normal; underline: part.hovered || part.on }
                                color: part.loud || part.on ? Theme.ink : Theme.muted
                                Accessible.ignored: true
                            }
                        }
                        background: Item { FocusRing { shown: part.visualFocus } }
                    }
                }
            }
        }
        Field {
            id: search
            visible: h.total > 0
            Layout.preferredWidth: h.narrow ? 136 : 256
            onTextEdited: Desk.send("search", { text: text })
            onCleared: Desk.send("search", { text: "" })
            placeholderText: h.narrow ? Words.t("Search", "Chercher") : Words.t("Search name or address", "Chercher un nom, une adresse")
        }
        PushButton {
            kind: "quiet"; glyph: "menu"; text: "Menu"; onRun: menu.open()
            Menu {
                id: menu
                onOpened: contentItem.parent.Accessible.name = "Menu" // what a screen reader hears is the popup's own item
                y: parent.height + Theme.half
                x: parent.width - width
                width: 248
                padding: Theme.half
                background: Rectangle { color: Theme.raised; radius: Theme.radius; border { width: 1; color: Theme.edge } }
                delegate: MenuItem {
                    id: item
                    implicitHeight: 36
                    leftPadding: 12
                    readonly property bool on: item.action instanceof Look && item.action.on
                    Accessible.name: text
                    Accessible.description: on ? Words.t("In use", "En usage") : ""
                    Accessible.onPressAction: { item.action.trigger(); menu.close() }
                    contentItem: Txt { text: item.text; verticalAlignment: Text.AlignVCenter; Accessible.ignored: true }
                    indicator: Icon { name: item.on ? "tick" : ""; x: item.width - width - 12; anchors.verticalCenter: parent.verticalCenter }
                    background: Rectangle { radius: 6; color: item.highlighted ? Theme.hover : "transparent" }
                }
                Action { text: Words.fr ? "English" : "Français"; onTriggered: Desk.send("speak", { language: Words.fr ? "en" : "fr" }) }
                Look { theme: "light"; text: Words.t("Light Theme", "Thème clair") }
                Look { theme: "dark"; text: Words.t("Dark Theme", "Thème sombre") }
                Look { theme: "system"; text: Words.t("Theme of the System", "Thème du système") }
                Action { text: Words.network; onTriggered: h.network() }
                Action { text: Words.t("Ask All Pis Again", "Interroger tous les Pi"); onTriggered: Desk.send("refresh") }
                Action { text: Words.t("Your Key", "Votre clé"); onTriggered: h.key() }
                Action { text: Words.t("Keyboard Shortcuts", "Raccourcis clavier"); onTriggered: h.shortcuts() }
                Action { text: Words.t("About Framboise", "À propos de Framboise"); onTriggered: h.about() }
            }
        }
    }
}
