import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// What a device told of its last order, line by line, those to come included.
Sheet {
    id: s
    readonly property var lines: Desk.panel.kind === "one" ? Desk.panel.log : []
    title: Words.t("Log of ", "Journal de ") + (Desk.panel.name || "")
    readonly property int omitted: Desk.panel.logOmitted || 0
    line: omitted > 0 ? Words.t("Its last order, without the first " + Words.number(omitted) + (omitted === 1 ? " line" : " lines") + "; in the terminal, framboise log tells all.", "Son dernier ordre, sans " + (omitted > 1 ? "les " + Words.number(omitted) + " premières lignes" : "la première ligne") + " ; dans le terminal, framboise log dit tout.")
        : Words.t("Its last order; new lines show up here.", "Son dernier ordre ; les nouvelles lignes apparaissent ici.")
    TextEdit {
        Layout.fillWidth: true
        readOnly: true
        selectByMouse: true
        textFormat: TextEdit.PlainText
        wrapMode: TextEdit.WrapAnywhere
        text: s.lines.map(l => l[0] + "  " + l[1]).join("\n")
        font { family: Theme.mono; pixelSize: Theme.caption }
        color: Theme.ink
        selectionColor: Theme.accent
        selectedTextColor: Theme.accentInk
        Accessible.role: Accessible.StaticText
        Accessible.name: text
    }
    actions: Component {
        RowLayout {
            Item { Layout.fillWidth: true }
            PushButton { kind: "plain"; text: Words.close; onRun: s.close(); Component.onCompleted: forceActiveFocus(Qt.TabFocusReason) }
        }
    }
}
