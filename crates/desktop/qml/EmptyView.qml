import QtQuick
import QtQuick.Layouts

// First start: one sentence, one button, and the way through in three short steps. Or: a scan that found none.
Rectangle {
    id: e
    readonly property var summary: Desk.scan.summary
    readonly property bool none: summary !== null && !Desk.scan.on
    readonly property string networks: Desk.scan.networks.join(", ")
    signal network()
    readonly property var checks: [
        [Words.t("Same network?", "Même réseau ?"), networks === "" ? Words.t("This computer is in no network that could be asked.", "Cet ordinateur n'est sur aucun réseau à interroger.")
            : Words.t("This computer is on " + networks + ". A guest Wi-Fi often hides its devices from each other.", "Cet ordinateur est sur " + networks + ". Un Wi-Fi invité cache souvent ses appareils.") + Desk.scan.skipped.map(s => " " + Words.skipped(s)).join(""), ""],
        [Words.t("Powered on?", "Allumé ?"), Words.t("A Pi needs about a minute after its first start before it answers.", "Un Pi met environ une minute à répondre après son premier démarrage."), ""],
        [Words.t("Agent installed?", "Agent installé ?"), Words.t("Copy framboise_….deb to the Pi. There, type:", "Copiez framboise_….deb sur le Pi. Là, tapez :"), "sudo apt install ./framboise_*.deb"]
    ]
    readonly property var steps: [
        [Words.scan, Words.t("Finds every Pi here that runs the agent, and tells of those that don't yet.", "Trouve chaque Pi d'ici qui a l'agent, et dit lesquels ne l'ont pas encore."), ""],
        [Words.file, Words.t("A text file with one package a line says what to install.", "Un fichier texte, un paquet par ligne, dit quoi installer."), ""],
        [Words.start, Words.t("Shows the plan before anything changes. A Pi that fails goes back by itself.", "Montre le plan avant tout changement. Un Pi qui échoue revient tout seul."), ""]
    ]
    color: Theme.surface
    ColumnLayout {
        anchors.centerIn: parent
        anchors.verticalCenterOffset: -Theme.margin
        width: Math.min(840, parent.width - 2 * Theme.margin)
        spacing: 0
        Txt { Layout.alignment: Qt.AlignHCenter; text: Desk.scan.on ? Words.t("Looking for Pis…", "À la recherche de Pi…") : e.none ? Words.t("No Pi answered.", "Aucun Pi n'a répondu.") : Words.t("No Pis yet.", "Pas encore de Pi."); font.pixelSize: Theme.hero; strong: true; Accessible.role: Accessible.Heading }
        Txt {
            Layout.alignment: Qt.AlignHCenter
            Layout.topMargin: Theme.u
            text: Desk.scan.on ? Words.t("They show up here as soon as they answer.", "Ils apparaissent ici dès qu'ils répondent.")
                : e.none ? Words.t(Words.number(e.summary.asked) + " addresses" + (e.networks ? " of " + e.networks : "") + " asked, in " + e.summary.seconds + " seconds.", Words.number(e.summary.asked) + " adresses" + (e.networks ? " de " + e.networks : "") + " interrogées en " + e.summary.seconds + " secondes.")
                : Words.t("Scan Network finds those on this network.", "Scanner le réseau trouve ceux de ce réseau.")
            font.pixelSize: Theme.lead
            color: Theme.muted
        }
        PushButton { visible: !Desk.scan.on; Layout.alignment: Qt.AlignHCenter; Layout.topMargin: Theme.margin; kind: "primary"; glyph: "scan"; text: e.none ? Words.t("Scan Again", "Scanner à nouveau") : Words.scan; onRun: Desk.send("scan"); Accessible.name: e.none ? text : Words.t("Scan this network now", "Scanner ce réseau maintenant") }
        PushButton { visible: e.none; Layout.alignment: Qt.AlignHCenter; Layout.topMargin: Theme.u; kind: "quiet"; text: Words.network + "…"; onRun: e.network() }
        Rule { Layout.fillWidth: true; Layout.topMargin: 56 }
        RowLayout {
            Layout.topMargin: Theme.margin
            spacing: Theme.margin
            Repeater {
                model: e.none ? e.checks : e.steps
                RowLayout {
                    required property var modelData
                    required property int index
                    Layout.alignment: Qt.AlignTop
                    Layout.preferredWidth: 256
                    Layout.fillWidth: true
                    spacing: 12
                    Txt { Layout.alignment: Qt.AlignTop; text: index + 1; strong: true; color: Theme.muted }
                    ColumnLayout {
                        spacing: Theme.half
                        Layout.alignment: Qt.AlignTop
                        Txt { text: modelData[0]; font.weight: Font.Medium }
                        Txt { Layout.fillWidth: true; text: modelData[1]; font.pixelSize: Theme.small; color: Theme.muted; wrapMode: Text.Wrap }
                        Copyable { visible: modelData[2] !== ""; value: modelData[2]; font { family: Theme.mono; pixelSize: 12 } color: Theme.ink; Layout.topMargin: Theme.half }
                    }
                }
            }
        }
    }
}
