import QtQuick
import QtQuick.Controls
import org.framboise.desktop

Rectangle {
    id: table
    color: Theme.surface
    readonly property bool wide: width >= 760
    readonly property bool widest: width >= 1040
    readonly property var cols: ({ state: 152, name: wide ? 184 : 144, model: widest ? 208 : 184, way: 144 })
    property alias list: list
    component Head: AbstractButton {
        id: head
        property string column
        height: 36
        hoverEnabled: true
        focusPolicy: Qt.TabFocus
        Keys.onReturnPressed: clicked()
        Keys.onEnterPressed: clicked()
        onClicked: Desk.send("sort", { column: column })
        Accessible.name: text
        Accessible.ignored: !visible
        Accessible.description: Words.t("Sorts by this", "Trie par cette colonne")
        Accessible.onPressAction: clicked()
        contentItem: Row {
            spacing: 4
            Txt { text: head.text; height: parent.height; verticalAlignment: Text.AlignVCenter; font { pixelSize: Theme.caption; weight: Font.Medium } color: head.hovered ? Theme.ink : Theme.muted; Accessible.ignored: true }
            Icon { name: Desk.fleet.descending ? "down" : "up"; size: 12; color: Theme.muted; anchors.verticalCenter: parent.verticalCenter; visible: Desk.fleet.column === head.column }
        }
        background: Item { FocusRing { anchors.topMargin: 4; anchors.bottomMargin: 4; shown: head.visualFocus } }
        padding: 0
    }
    Item {
        id: header
        width: parent.width
        height: 36
        readonly property int second: 56 + table.cols.state + table.cols.name
        Tick { x: 16; anchors.verticalCenter: parent.verticalCenter; on: Desk.fleet.selectedShown > 0 && Desk.fleet.selectedShown >= Desk.fleet.hits; partial: Desk.fleet.selected > 0 && !on; onClicked: Desk.send(on ? "select-none" : "select-all"); name: Words.t("Select all", "Tout choisir") }
        Head { x: 56; column: "state"; text: Words.t("State", "État") }
        Head { x: 56 + table.cols.state; column: "name"; text: Words.t("Name", "Nom") }
        Head { visible: table.wide; x: header.second; column: "model"; text: Words.t("Model and OS", "Modèle et OS") }
        Head { x: header.second + (table.wide ? table.cols.model : 0); column: "change"; text: Desk.busy ? Words.t("Now, or last change", "En ce moment, ou dernier changement") : Words.t("Last change", "Dernier changement") }
        Head { visible: table.widest; x: table.width - Theme.margin - table.cols.way; column: "way"; text: Words.t("Way back", "Retour possible") }
        Rule { width: parent.width; anchors.bottom: parent.bottom }
    }
    Txt {
        anchors { horizontalCenter: parent.horizontalCenter; top: header.bottom; topMargin: 64 }
        visible: Desk.fleet.total > 0 && Desk.fleet.hits === 0
        text: Words.t("No Pi matches. Esc shows all again.", "Aucun Pi ne correspond. Échap montre tout à nouveau.")
        color: Theme.muted
    }
    ListView {
        id: list
        anchors { top: header.bottom; left: parent.left; right: parent.right; bottom: parent.bottom }
        clip: true
        reuseItems: true
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        highlightMoveDuration: 0
        currentIndex: 0
        model: Bridge
        Accessible.role: Accessible.Table
        Accessible.name: Words.t("Devices", "Appareils")
        readonly property int page: Math.max(1, Math.floor(height / Theme.rowHeight) - 1)
        property string typed: ""
        property bool byMouse: false // the ring of focus is for keys
        onActiveFocusChanged: if (!activeFocus) byMouse = false
        Timer { id: forget; interval: 900; onTriggered: list.typed = "" }
        function go(to, shift) {
            currentIndex = Math.max(0, Math.min(count - 1, to))
            positionViewAtIndex(currentIndex, ListView.Contain)
            if (shift) Desk.send("press", { key: Bridge.keyAt(currentIndex), shift: true })
        }
        function act(ctrl) {
            const group = Bridge.groupAt(currentIndex)
            if (group !== "") Desk.send("fold", { group: group })
            else Desk.send("press", { key: Bridge.keyAt(currentIndex), ctrl: ctrl })
        }
        Keys.onPressed: event => {
            byMouse = false
            const shift = !!(event.modifiers & Qt.ShiftModifier)
            const to = { [Qt.Key_Down]: currentIndex + 1, [Qt.Key_Up]: currentIndex - 1, [Qt.Key_PageDown]: currentIndex + page, [Qt.Key_PageUp]: currentIndex - page, [Qt.Key_Home]: 0, [Qt.Key_End]: count - 1 }[event.key]
            if (to !== undefined) go(to, shift)
            else if (event.key === Qt.Key_Space && typed === "") act(true)
            else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter) act(false)
            else if (event.text.length === 1 && event.text > " " && !(event.modifiers & (Qt.ControlModifier | Qt.AltModifier))) {
                typed += event.text
                forget.restart()
                const at = Bridge.find(typed)
                if (at >= 0) go(at, false)
            } else return
            event.accepted = true
        }
        ScrollBar.vertical: ScrollBar {
            id: bar
            policy: list.contentHeight > list.height ? ScrollBar.AlwaysOn : ScrollBar.AlwaysOff
            width: 12
            contentItem: Rectangle { radius: 3; color: bar.pressed || bar.hovered ? Theme.control : Theme.edge }
            background: null
            padding: 3
        }
        delegate: Loader {
            id: cell
            required property int index
            required property int kind
            required property string key
            required property string name
            required property string address
            required property string board
            required property string system
            required property string condition
            required property string doing
            required property real share
            required property int points
            required property bool chosen
            required property bool fresh
            required property bool reboot
            required property int tally
            required property bool open
            readonly property bool current: list.currentIndex === index && list.activeFocus
            width: list.width
            // One that waits for its next use is not there for a screen reader either.
            ListView.onPooled: visible = false
            ListView.onReused: visible = true
            sourceComponent: kind === 1 ? heading : device
            Component {
                id: heading
                GroupRow { group: cell.condition; count: cell.tally; open: cell.open; current: cell.current; ringed: !list.byMouse; onToggled: Desk.send("fold", { group: cell.condition }) }
            }
            Component {
                id: device
                DeviceRow {
                    d: cell
                    cols: table.cols
                    wide: table.wide
                    widest: table.widest
                    current: cell.current
                    ringed: !list.byMouse
                    onPick: (ctrl, shift) => { list.forceActiveFocus(Qt.MouseFocusReason); list.byMouse = true; list.currentIndex = cell.index; Desk.send("press", { key: cell.key, ctrl: !!ctrl, shift: !!shift }) }
                }
            }
        }
    }
}
