import QtQuick
import QtQuick.Layouts

// What will happen, grouped by outcome, before anything has. For an update, and for the way back.
Sheet {
    id: s
    readonly property var plan: Desk.plan
    readonly property bool back: plan.rollback === true
    readonly property bool ready: plan.state === "ready"
    readonly property int n: plan.starting || 0
    readonly property int all: plan.devices.count
    function tally() {
        const count = kind => plan.groups.filter(g => g.kind === kind).reduce((sum, g) => sum + g.devices.count, 0)
        const parts = [[n, back ? Words.t(n === 1 ? "goes back" : "go back", n > 1 ? "reviennent" : "revient") : Words.t(n === 1 ? "gets the update" : "get the update", "à mettre à jour")],
            [count("nothing"), Words.t(count("nothing") === 1 ? "has nothing to do" : "have nothing to do", count("nothing") > 1 ? "n'ont rien à faire" : "n'a rien à faire")],
            [count("cannot"), Words.t("can't", count("cannot") > 1 ? "ne peuvent pas" : "ne peut pas")], [plan.held, Words.t(plan.held === 1 ? "is held back" : "are held back", plan.held > 1 ? "retenus" : "retenu")],
            [count("away"), Words.t(count("away") === 1 ? "is not reached" : "are not reached", count("away") > 1 ? "injoignables" : "injoignable")]]
        return parts.filter(p => p[0] > 0).map(p => Words.number(p[0]) + " " + p[1]).join(", ")
    }
    function packageNote(p) {
        const code = { "new": Words.t("new", "nouveau"), removed: "", older: Words.t("older", "plus ancien"), again: Words.t("once more", "à nouveau") }[p.code]
        return code || (p.dependency ? Words.t("dependency", "dépendance") : "")
    }
    title: back ? Words.t("Send Rollback to " + Words.pis(all), "Revenir en arrière sur " + Words.pis(all)) : Words.t("Plan: " + plan.what + " on " + Words.pis(all), "Plan : " + plan.what + " sur " + Words.pis(all))
    line: plan.state === "failed" ? Words.t("There is no plan. Nothing has changed.", "Il n'y a pas de plan. Rien n'a changé.")
        : !ready ? Words.t("Each Pi works out what it would do: " + Words.number(plan.answered || 0) + " of " + Words.number(all) + " answered. Nothing has changed yet.", "Chaque Pi calcule ce qu'il ferait : " + Words.number(plan.answered || 0) + " sur " + Words.number(all) + " ont répondu. Rien n'a encore changé.")
        : tally() + Words.t(". Nothing has changed yet.", ". Rien n'a encore changé.")
    // Another plan may come before this sheet was told that its own is gone.
    readonly property int number: plan.number || 0
    onNumberChanged: if (number > 0) open()
    onClosed: if (Desk.plan.state !== "none") Desk.send("cancel-plan")

    ColumnLayout {
        visible: s.back && s.plan.points.length > 0
        Layout.fillWidth: true
        Layout.bottomMargin: Theme.gap
        spacing: 0
        Choice { Layout.leftMargin: -12; Layout.rightMargin: -12; checked: s.plan.to === null || s.plan.to === undefined; seal: false; text: Words.t("Before the last order", "Avant le dernier ordre"); line: Words.t("What the Pi stood on before it", "Ce que le Pi était avant lui"); onClicked: Desk.send("plan-rollback") }
        Repeater {
            model: s.plan.points.filter(p => !p.current)
            Choice { required property var modelData; Layout.leftMargin: -12; Layout.rightMargin: -12; checked: s.plan.to === modelData.id; seal: !modelData.isOfMany; text: modelData.title; line: modelData.time; have: modelData.have; of: modelData.of; onClicked: Desk.send("plan-rollback", { to: modelData.id }) }
        }
    }
    WorkProgress { visible: s.plan.state === "asking"; Layout.fillWidth: true; Layout.topMargin: Theme.u; Layout.bottomMargin: Theme.u; height: 8; value: s.all ? (s.plan.answered || 0) / s.all : 0; name: s.title }
    Copyable { visible: !!s.plan.problem; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; color: Theme.ink; value: s.plan.problem ? s.plan.problem.what + " " + s.plan.problem.now : "" }
    Repeater {
        model: s.plan.groups
        Card {
            id: card
            required property var modelData
            readonly property var g: modelData
            readonly property int n: g.devices.count
            readonly property bool changes: g.kind === "change" || g.kind === "held"
            readonly property int omitted: changes ? g.count - g.packages.length : 0
            readonly property int first: changes ? Math.max(g.telling, 8) : 0
            property bool all: false
            mark: g.kind === "change" ? (s.back ? "back" : "start") : g.kind === "nothing" ? "fine" : g.kind === "away" ? "away" : "needs"
            title: g.kind === "change" ? (s.back ? Words.t(Words.pis(n) + (n === 1 ? " goes back" : " go back, all alike"), Words.pis(n) + (n > 1 ? " reviennent, tous pareils" : " revient")) : Words.t(Words.pis(n) + (n === 1 ? " gets the update" : " get the update"), Words.pis(n) + (n > 1 ? " seront mis à jour" : " sera mis à jour")))
                : g.kind === "held" ? Words.t(Words.pis(n) + (n === 1 ? " is" : " are") + " held back: no whole way back", Words.pis(n) + (n > 1 ? " retenus" : " retenu") + " : pas de retour complet")
                : g.kind === "nothing" ? Words.t(Words.pis(n) + (n === 1 ? " has" : " have") + " nothing to do", Words.pis(n) + (n > 1 ? " n'ont" : " n'a") + " rien à faire")
                : g.kind === "away" ? Words.t(Words.pis(n) + " not reached", Words.pis(n) + (n > 1 ? " injoignables" : " injoignable"))
                : Words.t(Words.pis(n) + " can't: ", Words.pis(n) + (n > 1 ? " ne peuvent pas : " : " ne peut pas : ")) + g.problem.what
            who: Words.names(g.devices) + (g.kind === "nothing" && s.back ? Words.t(". Already there. To go further back, choose another restore point above.", ". Déjà là. Pour revenir plus loin, choisissez un autre point de retour ci-dessus.") : "") + (g.problem ? ". " + (g.kind === "away" ? g.problem.what + ". " : "") + g.problem.now : "")
            aside: Row {
                spacing: Theme.gap
                Loader {
                    active: card.changes
                    sourceComponent: SealNote { have: card.g.have; of: card.g.of; line: card.g.have === card.g.of ? Words.t("Every package can return, even offline", "Chaque paquet peut revenir, même hors ligne") : Words.t(Words.packages(card.g.of - card.g.have) + " can't return", Words.packages(card.g.of - card.g.have) + " sans retour") }
                }
                PushButton { visible: card.g.kind === "held"; small: true; text: Words.t("Include Anyway", "Inclure quand même"); anchors.verticalCenter: parent.verticalCenter; onRun: Desk.send("include-held", { include: true }) }
                PushButton { visible: card.g.kind === "change" && card.g.have !== card.g.of; small: true; text: Words.t("Hold Back Again", "Retenir à nouveau"); anchors.verticalCenter: parent.verticalCenter; onRun: Desk.send("include-held", { include: false }) }
            }
            Repeater {
                model: card.changes ? (card.all || card.g.packages.length <= card.first + 1 ? card.g.packages : card.g.packages.slice(0, card.first)) : []
                PackageRow { required property var modelData; name: modelData.name; before: modelData.before || ""; after: modelData.after || ""; note: s.packageNote(modelData); size: modelData.size || "" }
            }
            PushButton { visible: card.changes && !card.all && card.g.packages.length > card.first + 1; small: true; kind: "quiet"; glyph: "down"; Layout.leftMargin: -12; text: Words.t(Words.number(card.g.count - card.first) + " more, all dependencies", Words.number(card.g.count - card.first) + " autres, toutes des dépendances"); onRun: card.all = true }
            Txt { visible: card.all && card.omitted > 0; text: Words.t("and " + Words.number(card.omitted) + " more; in the terminal, framboise plan tells all", "et " + Words.number(card.omitted) + " autres ; dans le terminal, framboise plan dit tout"); font.pixelSize: Theme.small; color: Theme.muted }
            Repeater {
                model: card.changes ? card.g.gaps.map(gap => Words.t("No way back for ", "Pas de retour pour ") + gap).concat(card.g.notes) : card.g.problem ? card.g.problem.detail : card.g.notes || []
                Copyable { required property string modelData; required property int index; Layout.topMargin: index ? 2 : Theme.u; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; value: modelData }
            }
            Item { implicitHeight: card.changes || card.g.problem && card.g.problem.detail.length ? Theme.gap : 0; implicitWidth: 1 }
        }
    }
    actions: Component {
        RowLayout {
            spacing: Theme.u
            ColumnLayout {
                spacing: 2
                Layout.fillWidth: true
                visible: s.ready && s.n > 0
                Txt {
                    text: (s.plan.download ? s.n === 1 ? Words.t(s.plan.download + " to download", s.plan.download + " à télécharger") : Words.t("Up to " + s.plan.download + " for each to download", "Jusqu'à " + s.plan.download + " à télécharger pour chacun") : Words.t("Nothing to download", "Rien à télécharger"))
                        + (s.plan.reboot ? Words.t(", needs a reboot", ", demande un redémarrage") : Words.t(", no reboot", ", sans redémarrage"))
                    font { weight: Font.Medium; pixelSize: Theme.small }
                }
                Txt { text: (s.plan.checks && s.plan.checks.length ? Words.t("Then checked: ", "Puis contrôlé : ") + s.plan.checks.join(", ") + ". " : "") + (s.back ? Words.t("A Pi that fails stays as it is now.", "Un Pi qui échoue reste tel quel.") : Words.t("A Pi that fails goes back by itself.", "Un Pi qui échoue revient tout seul.")); color: Theme.muted; font.pixelSize: Theme.small; elide: Text.ElideRight; Layout.fillWidth: true }
            }
            Item { Layout.fillWidth: true; visible: !(s.ready && s.n > 0) }
            PushButton { id: no; kind: "quiet"; text: s.ready && s.n === 0 ? Words.close : Words.cancel; onRun: s.close(); Component.onCompleted: if (!s.plan.whole) forceActiveFocus() }
            PushButton {
                id: yes
                visible: !(s.ready && s.n === 0)
                kind: "primary"
                glyph: s.back ? "back" : "start"
                ready: s.ready && s.n > 0
                reason: Words.t("Waiting for the plans", "En attente des plans")
                text: s.back ? Words.t("Send Rollback to " + Words.pis(s.n || s.all), "Revenir en arrière sur " + Words.pis(s.n || s.all)) : Words.t("Start Update on " + Words.pis(s.n || s.all), "Lancer la mise à jour de " + Words.pis(s.n || s.all))
                onRun: Desk.send("start", { plan: s.plan.number })
                onReadyChanged: if (ready && s.plan.whole) forceActiveFocus(Qt.TabFocusReason)
                Component.onCompleted: if (ready && s.plan.whole) forceActiveFocus(Qt.TabFocusReason)
            }
        }
    }
}
