import QtQuick
import QtQuick.Controls

// One device, 44 high. The whole row selects; what it is doing now takes the place of its last change.
Rectangle {
    id: row
    property var d              // the row's roles
    property bool current: false
    property bool ringed: true  // the keyboard moves, so the ring of focus shows
    property var cols           // column widths, from the table
    property bool wide: true    // model and OS
    property bool widest: true  // way back
    signal pick(bool ctrl, bool shift)
    readonly property bool isFound: d.condition === "found"
    readonly property bool busy: d.share >= 0
    readonly property string what: isFound ? (d.doing === "" ? Words.t("Looks like a Pi; nothing answers on port 5000", "Semble être un Pi ; rien ne répond sur le port 5000") : Words.t("Another program answers: ", "Un autre programme répond : ") + d.doing)
        : d.doing + (d.reboot ? Words.t(", needs a reboot", ", à redémarrer") : "")
    implicitHeight: Theme.rowHeight
    color: d.chosen ? (hover.hovered ? Theme.tintHover : Theme.tint) : hover.hovered ? Theme.hover : "transparent"
    Accessible.role: Accessible.Row
    Accessible.name: [d.name, Words.state(d.condition), busy ? what + " " + Math.round(d.share * 100) + " %" : what, d.board, d.system, isFound ? "" : d.address].filter(s => s !== "").join(", ")
    Accessible.selectable: !isFound
    Accessible.selected: d.chosen
    Accessible.focusable: true
    Accessible.focused: current
    Accessible.onPressAction: pick(true, false)
    HoverHandler { id: hover }
    TapHandler { enabled: !row.isFound; onTapped: row.pick(point.modifiers & Qt.ControlModifier, point.modifiers & Qt.ShiftModifier) }

    Tick { x: 16; anchors.verticalCenter: parent.verticalCenter; visible: !row.isFound; on: row.d.chosen; name: row.d.name; onClicked: row.pick(true, false) }
    StateMark { id: mark; x: 56; width: cols.state; anchors.verticalCenter: parent.verticalCenter; state_: row.d.condition; Accessible.ignored: true }
    Txt {
        id: name
        x: mark.x + cols.state
        width: cols.name - Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        font.weight: Font.Medium
        elide: Text.ElideMiddle
        text: row.d.name
        Accessible.ignored: true
    }
    Txt {
        id: model
        visible: row.wide
        x: name.x + cols.name
        width: cols.model - Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.small
        color: Theme.muted
        elide: Text.ElideRight
        text: row.d.board === "" ? "" : row.d.board + "  ·  " + row.d.system
        Accessible.ignored: true
    }
    Item {
        id: doing
        x: row.wide ? model.x + cols.model : model.x
        width: (row.widest ? way.x : row.width - Theme.margin) - x
        height: parent.height
        readonly property bool roomy: width >= 400 // for a bar beside the words; else its number tells
        Txt {
            id: doingText
            anchors.verticalCenter: parent.verticalCenter
            width: !row.busy || !pct.shown ? parent.width - Theme.u : doing.roomy ? 240 : parent.width - 64
            font.pixelSize: Theme.small
            color: ["needs", "working", "back"].includes(row.d.condition) || row.d.fresh ? Theme.ink : Theme.muted
            elide: Text.ElideRight
            text: row.what
            Accessible.ignored: true
        }
        Loader {
            active: pct.shown && doing.roomy
            x: doingText.width + Theme.gap
            width: parent.width - x - 56
            anchors.verticalCenter: parent.verticalCenter
            sourceComponent: WorkProgress { parts: [8, 34, 50, 8]; value: row.d.share; name: row.d.name } // way back, download, install, check
        }
        Txt {
            id: pct
            readonly property bool shown: row.busy && row.d.share > 0
            visible: shown
            anchors { right: parent.right; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            font.pixelSize: Theme.small
            color: Theme.muted
            text: Math.round(row.d.share * 100) + " %"
            Accessible.ignored: true
        }
    }
    Txt {
        id: way
        visible: row.widest && !row.isFound
        x: row.width - Theme.margin - cols.way
        width: cols.way
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.small
        color: Theme.muted
        elide: Text.ElideRight
        text: Words.points(row.d.points)
        Accessible.ignored: true
    }
    Loader {
        active: hover.hovered && doingText.truncated
        x: doing.x
        height: parent.height
        sourceComponent: Item { ReasonTip { text: row.what; visible: true } }
    }
    Rule { anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: 56 } }
    Rectangle { anchors.fill: parent; anchors.margins: 2; radius: 6; color: "transparent"; visible: row.current && row.ringed; border { width: 2; color: Theme.focus } }
}
