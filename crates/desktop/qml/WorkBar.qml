import QtQuick
import QtQuick.Layouts

// At the bottom while something runs, and once more to say how it ended.
Rectangle {
    id: w
    color: Theme.ground
    readonly property var work: Desk.work
    readonly property var end: work.over
    readonly property bool over: work.state === "over"
    readonly property bool on: work.state === "on"
    readonly property bool scanning: Desk.scan.on && !over && !on
    readonly property bool shown: scanning || on || over
    readonly property string sentence: scanning ? Words.t("Scanning" + (Desk.scan.networks.length ? " " + Desk.scan.networks.join(", ") : "") + ": " + Words.pis(Desk.scan.found) + " found", "Recherche" + (Desk.scan.networks.length ? " sur " + Desk.scan.networks.join(", ") : "") + " : " + Words.pis(Desk.scan.found) + (Desk.scan.found > 1 ? " trouvés" : " trouvé"))
        : on ? (work.rollback ? Words.t("Rolling back ", "Retour en arrière de ") + of() : Words.t("Updating " + of() + " with " + work.what, "Mise à jour de " + of() + " avec " + work.what))
        : over && end ? summary() : ""
    readonly property string second: scanning ? Words.t(Words.number(Desk.scan.asked) + " of " + Words.number(Desk.scan.total) + " addresses", Words.number(Desk.scan.asked) + " adresses sur " + Words.number(Desk.scan.total))
        : on ? [Words.t(Words.number(work.ended) + " done", Words.number(work.ended) + (work.ended > 1 ? " terminés" : " terminé")), Words.t(Words.number(work.working) + " working", Words.number(work.working) + " en cours"), work.waiting ? Words.t(Words.number(work.waiting) + " waiting", Words.number(work.waiting) + " en attente") : "", work.lost ? Words.t(Words.number(work.lost) + " not reached, asking on", Words.number(work.lost) + (work.lost > 1 ? " injoignables" : " injoignable") + ", on redemande") : ""].filter(t => t !== "").join(", ")
        : !over || !end ? "" : end.problem ? [end.problem.what, end.problem.now].filter(t => t !== "").join(". ")
        : end.stopped && end.notTold.count > 0 ? Words.t("Not told: " + Words.names(end.notTold) + ". What does not hear of this window goes back, unless it is done.", "Non prévenus : " + Words.names(end.notTold) + ". Ce qui n'entend rien de cette fenêtre revient, sauf s'il a fini.")
        : end.stopped ? Words.t("Those with an order finish it, or go back, by themselves. Nobody waits for this window any more.", "Ceux qui ont un ordre le finissent, ou reviennent, seuls. Aucun n'attend plus cette fenêtre.")
        : work.rollback ? (end.compared && all(o => o.code === "done" && !o.hasRemarks) ? Words.t("Compared field by field: " + Words.packages(end.compared) + ". Today's state is kept, so this can be undone.", "Comparé champ par champ : " + Words.packages(end.compared) + ". L'état d'aujourd'hui est gardé : c'est annulable.") : "")
        : updated ? Words.t("To undo: select the Pis and press Send Rollback.", "Pour annuler : choisir les Pi, puis Revenir en arrière.")
        : all(o => (o.code === "went-back" || o.code === "failed") && !o.hasRemarks) ? Words.t("Every Pi runs exactly as before.", "Chaque Pi tourne exactement comme avant.") : ""
    readonly property var outcomes: !over || !end || !end.outcomes ? [] : end.outcomes.map(o => [Words.mark(o.code), told(o)])
        .concat([[end.leftOut.nothing, "fine", Words.t("had nothing to do", end.leftOut.nothing > 1 ? "n'avaient rien à faire" : "n'avait rien à faire")], [end.leftOut.cannot, "needs", Words.t("left out", end.leftOut.cannot > 1 ? "laissés de côté" : "laissé de côté")], [end.leftOut.held, "needs", Words.t("held back", end.leftOut.held > 1 ? "retenus" : "retenu")], [end.leftOut.away, "away", Words.t("not reached", end.leftOut.away > 1 ? "injoignables" : "injoignable")]].filter(o => o[0] > 0).map(o => [o[1], Words.number(o[0]) + " " + o[2]])).filter(o => o[1] !== "")
    readonly property bool updated: !!end && !!end.outcomes && end.outcomes.some(o => o.code === "done" || o.code === "ordered")
    readonly property var bad: over && end && end.outcomes ? end.outcomes.find(o => o.code !== "done") : undefined
    // One outcome stands in the sentence already; who, and why, does not.
    function told(o) {
        if (end.outcomes.length > 1) return Words.verdict(o.code, o.devices.count, work.rollback, o.hasRemarks) + (o.reason ? Words.t(": ", " : ") + Words.names(o.devices) : "")
        return o.reason ? Words.names(o.devices) + Words.t(": ", " : ") + o.reason : ""
    }
    function all(is) { return !!end && !!end.outcomes && end.outcomes.every(is) }
    function of() { return work.ordered === work.chosen ? Words.pis(work.ordered) : Words.t(Words.number(work.ordered) + " of " + Words.pis(work.chosen), Words.number(work.ordered) + " sur " + Words.pis(work.chosen)) }
    function summary() {
        if (end.problem) return Words.t("Nothing was ordered", "Rien n'a été ordonné")
        if (end.stopped) return Words.t("Stopped watching", "Surveillance arrêtée")
        return end.outcomes.map(o => Words.verdict(o.code, o.devices.count, work.rollback, o.hasRemarks)).join(", ") + Words.t(", in ", ", en ") + Words.duration(end.seconds)
    }
    implicitHeight: outcomes.length > 0 ? 112 : 80
    visible: shown
    activeFocusOnTab: false
    Accessible.role: Accessible.StatusBar
    Accessible.name: sentence + ". " + second
    Rule { width: parent.width }
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.margin; rightMargin: Theme.margin }
        spacing: Theme.u
        ColumnLayout {
            spacing: w.over ? 6 : 10
            Layout.fillWidth: true
            RowLayout {
                spacing: Theme.gap
                Txt { text: w.sentence; strong: true; font.pixelSize: w.over ? Theme.lead : Theme.body; Layout.fillWidth: w.over; elide: Text.ElideRight; Layout.maximumWidth: w.width - 400 }
                Txt { visible: !w.over; text: w.second; color: Theme.muted; font.pixelSize: Theme.small; Layout.fillWidth: true; elide: Text.ElideRight }
            }
            Row {
                visible: w.outcomes.length > 0
                spacing: Theme.margin
                Repeater { model: w.outcomes; StateMark { required property var modelData; state_: modelData[0]; word: modelData[1]; room: (w.width - 400) / w.outcomes.length - Theme.margin } }
            }
            Txt { visible: w.over; text: w.second; color: Theme.muted; font.pixelSize: Theme.small; Layout.fillWidth: true; elide: Text.ElideRight }
            WorkProgress { visible: !w.over; Layout.fillWidth: true; height: 8; value: w.scanning ? Desk.scan.share : w.work.share || 0; name: w.sentence }
        }
        Item { Layout.preferredWidth: Theme.gap }
        PushButton { id: stop; visible: w.on; ready: !w.work.stopping; reason: Words.t("Telling the Pis", "Les Pi sont prévenus"); text: Words.t("Stop Safely", "Arrêter sans risque"); tip: Words.t("Pis at work finish by themselves; this window stops watching", "Les Pi en cours finissent seuls ; cette fenêtre n'attend plus"); onRun: Desk.send("stop") }
        PushButton { visible: w.scanning; text: Words.t("Stop Scan", "Arrêter la recherche"); onRun: Desk.send("stop-scan") }
        PushButton { visible: !!w.bad; text: w.bad ? Words.t("Show ", "Voir ") + w.bad.devices.shown[0] : ""; onRun: Desk.send("only", { key: w.bad.key }) }
        PushButton { visible: w.over; kind: "quiet"; text: Words.close; Accessible.name: Words.t("Close the summary", "Fermer le résumé"); onRun: Desk.send("close-summary") }
    }
}
