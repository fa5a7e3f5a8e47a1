import QtQuick
import QtQuick.Layouts

// The four actions in the order of work, and one line that says what comes next.
Item {
    id: a
    property alias start: start
    property alias rollback: rollback
    property alias scan: scan
    signal selectFile()
    signal showFile()
    readonly property int total: Desk.fleet.total
    readonly property int n: Desk.fleet.selected
    readonly property string busyReason: Desk.work.rollback ? Words.t("A rollback is running", "Un retour est en cours") : Words.t("An update is running", "Une mise à jour est en cours")
    readonly property string hint: total === 0 ? ""
        : Desk.fleet.query !== "" && n === 0 ? Words.t(Words.number(Desk.fleet.hits) + " of " + Words.pis(total) + (Desk.fleet.hits === 1 ? " matches." : " match."), Words.number(Desk.fleet.hits) + " sur " + Words.pis(total) + (Desk.fleet.hits > 1 ? " correspondent." : " correspond."))
        : Desk.busy && Desk.work.waiting > 0 ? Words.t("Keep this window until every Pi has its order.", "Gardez cette fenêtre jusqu'à ce que chaque Pi ait son ordre.")
        : Desk.busy ? Words.t("Everything goes on if you close this window.", "Tout continue si vous fermez cette fenêtre.")
        : Desk.badFile ? Words.t("Fix the file, then start.", "Corrigez le fichier, puis lancez.")
        : !Desk.hasFile && n === 0 ? Words.t("Next: choose what to install, or select a Pi.", "Ensuite : choisir quoi installer, ou un Pi.")
        : !Desk.hasFile ? Words.selected(n) + "."
        : n === 0 ? Words.t("Next: select the Pis, Ctrl+A for all.", "Ensuite : choisir les Pi, Ctrl+A pour tous.")
        : Words.t(Words.pis(n) + " selected. Start Update shows the plan first.", Words.pis(n) + (n > 1 ? " choisis" : " choisi") + ". Le plan s'affiche avant tout changement.")
    implicitHeight: 56
    RowLayout {
        anchors { left: parent.left; right: parent.right; leftMargin: Theme.margin; rightMargin: Theme.margin }
        height: Theme.buttonHeight
        spacing: Theme.u
        PushButton { id: scan; glyph: "scan"; text: Words.scan; ready: !Desk.scan.on; reason: Words.t("Scanning now", "Recherche en cours"); onRun: Desk.send("scan") }
        FileButton { onSelect: a.selectFile(); onShow: a.showFile() }
        PushButton {
            id: start
            kind: "primary"; glyph: "start"; text: Words.start
            ready: Desk.hasFile && a.n > 0 && !Desk.busy
            reason: Desk.busy ? a.busyReason : Desk.badFile ? Words.t("Fix the update file first", "Corrigez d'abord le fichier")
                : !Desk.hasFile ? Words.t("Select an update file first", "Choisissez d'abord un fichier") : Words.t("Select a Pi first", "Choisissez d'abord un Pi")
            onRun: Desk.send("plan-update")
        }
        Rule { Layout.preferredHeight: 24; Layout.leftMargin: Theme.u; Layout.rightMargin: Theme.u; color: Theme.edge }
        PushButton {
            id: rollback
            glyph: "back"; text: Words.rollback
            ready: a.n > 0 && !Desk.busy
            reason: Desk.busy ? a.busyReason : Words.t("Select a Pi first", "Choisissez d'abord un Pi")
            onRun: Desk.send("plan-rollback")
        }
        Txt { Layout.fillWidth: true; Layout.leftMargin: Theme.gap; horizontalAlignment: Text.AlignRight; text: a.hint; opacity: implicitWidth > width ? 0 : 1; font.pixelSize: Theme.small; color: Theme.muted; elide: Text.ElideRight }
    }
}
