import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// What differs between two moments: packages first, then files of /etc.
ColumnLayout {
    id: v
    property var diff
    property var points: []
    property int id_
    property bool all: false
    signal since(int id)
    readonly property int shown: all ? 10000 : 12
    readonly property var moments: [{ id: 0, title: Words.t("Now", "Maintenant") }].concat(points.filter(p => p.id !== id_).map(p => ({ id: p.id, title: p.title + ", " + p.time })))
    readonly property int total: diff.packageCount + diff.fileCount
    readonly property int omitted: total - diff.packages.length - diff.files.length
    spacing: 6
    RowLayout {
        Layout.topMargin: Theme.u
        spacing: Theme.u
        Txt { text: Words.t("From", "Depuis"); font.pixelSize: Theme.small; color: Theme.muted }
        PushButton {
            small: true; kind: "quiet"; glyph: "down"
            Layout.maximumWidth: 240
            text: (v.moments.find(m => m.id === v.diff.from) || v.moments[0]).title
            Accessible.name: Words.t("Compared with: ", "Comparé avec : ") + text
            onRun: choices.open()
            Menu {
                id: choices
                width: 280
                padding: Theme.half
                background: Rectangle { color: Theme.raised; radius: Theme.radius; border { width: 1; color: Theme.edge } }
                Repeater {
                    model: v.moments
                    MenuItem {
                        id: item
                        required property var modelData
                        text: modelData.title
                        implicitHeight: 36
                        contentItem: Txt { text: item.text; font.pixelSize: Theme.small; elide: Text.ElideRight; verticalAlignment: Text.AlignVCenter; Accessible.ignored: true }
                        background: Rectangle { radius: 6; color: item.highlighted ? Theme.hover : "transparent" }
                        onTriggered: v.since(modelData.id)
                        Accessible.name: text
                        Accessible.onPressAction: { item.triggered(); choices.close() }
                    }
                }
            }
        }
    }
    Txt {
        Layout.fillWidth: true
        wrapMode: Text.Wrap
        font.pixelSize: Theme.small
        color: Theme.muted
        text: v.diff.isLooking ? Words.t("Reading both states…", "Lecture des deux états…")
            : v.diff.problem ? v.diff.problem.what + ". " + v.diff.problem.now
            : v.total === 0 ? Words.t("Nothing differs.", "Aucun écart.")
            : Words.t("From there to this point: " + Words.packages(v.diff.packageCount) + ", " + Words.files(v.diff.fileCount) + " of\u00a0/etc", "De là à ce point : " + Words.packages(v.diff.packageCount) + ", " + Words.files(v.diff.fileCount) + " de\u00a0/etc")
    }
    Repeater {
        model: v.diff.packages.slice(0, v.shown)
        ColumnLayout {
            required property var modelData
            spacing: 0
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData[0] + ": " + (modelData[1] || Words.t("not there", "absent")) + " → " + (modelData[2] || Words.t("removed", "retiré"))
            Txt { text: modelData[0]; font { pixelSize: Theme.small; weight: Font.Medium } Accessible.ignored: true }
            RowLayout {
                spacing: 6
                Copyable { value: modelData[1] || Words.t("not there", "absent"); font.pixelSize: Theme.caption }
                Icon { name: "arrow"; size: 12; color: Theme.muted }
                Copyable { value: modelData[1] === modelData[2] ? Words.t("same version, other marks", "même version, autres marques") : modelData[2] || Words.t("removed", "retiré"); font.pixelSize: Theme.caption; color: Theme.ink }
            }
        }
    }
    Repeater {
        model: v.diff.files.slice(0, v.shown)
        Copyable {
            required property var modelData
            Layout.fillWidth: true
            wrapMode: TextEdit.WrapAnywhere
            value: modelData[0] + "  " + ({ "new": Words.t("new", "nouveau"), gone: Words.t("gone", "disparu"), changed: Words.t("changed", "modifié") })[modelData[1]]
            font.pixelSize: Theme.caption
        }
    }
    Txt { visible: v.omitted > 0 && (v.all || v.total - v.omitted <= v.shown); Layout.fillWidth: true; wrapMode: Text.Wrap; font.pixelSize: Theme.caption; color: Theme.muted; text: Words.t("and " + Words.number(v.omitted) + " more; in the terminal, framboise diff tells all", "et " + Words.number(v.omitted) + " autres ; dans le terminal, framboise diff dit tout") }
    PushButton {
        visible: !v.all && (v.diff.packages.length > v.shown || v.diff.files.length > v.shown)
        small: true; kind: "quiet"; Layout.leftMargin: -12
        text: v.omitted > 0 ? Words.t("Show more", "En montrer plus") : Words.t("Show all " + Words.number(v.total), "Tout montrer : " + Words.number(v.total))
        onRun: v.all = true
    }
}
