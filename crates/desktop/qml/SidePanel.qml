import QtQuick
import QtQuick.Controls
import QtQuick.Layouts

// What is selected: one device from near, or what many share and where they differ.
Rectangle {
    id: p
    color: Theme.ground
    implicitWidth: Theme.panelWidth
    signal closed()
    signal log()
    readonly property var d: Desk.panel
    readonly property bool one: d.kind === "one"
    readonly property var failure: one ? d.failure : null
    readonly property var labels: ({ state: Words.t("State", "État"), model: Words.t("Model", "Modèle"), os: Words.t("OS", "Système"), change: Words.t("Last change", "Changement"), points: Words.t("Way back", "Retour") })
    function value(label, v) { return label === "state" ? Words.state(v) : label === "points" ? (v === "" ? Words.t("not known", "inconnu") : Words.points(parseInt(v))) : v }
    component Head: Txt { font.pixelSize: Theme.small; strong: true; Accessible.role: Accessible.Heading; Layout.topMargin: 20; Layout.bottomMargin: Theme.half; Layout.fillWidth: true }
    component Para: Txt { font.pixelSize: Theme.small; color: Theme.muted; wrapMode: Text.Wrap; Layout.fillWidth: true }
    component Fact: RowLayout {
        property string label
        property string value
        visible: value !== ""
        Layout.fillWidth: true
        spacing: Theme.gap
        Accessible.role: Accessible.StaticText
        Accessible.ignored: !visible
        Accessible.name: label + ": " + value
        Txt { text: label; font.pixelSize: Theme.small; color: Theme.muted; Layout.preferredWidth: 104; Layout.alignment: Qt.AlignTop; Accessible.ignored: true }
        Txt { text: value; font.pixelSize: Theme.small; Layout.fillWidth: true; wrapMode: Text.Wrap; Accessible.ignored: true }
    }
    Rule { width: 1; height: parent.height }
    Item {
        id: top
        height: 72
        anchors { left: parent.left; right: parent.right; leftMargin: Theme.margin; rightMargin: Theme.gap }
        Column {
            anchors.verticalCenter: parent.verticalCenter
            anchors.verticalCenterOffset: 4
            spacing: 2
            Row {
                spacing: 12
                Txt { width: Math.min(implicitWidth, p.one ? 176 : 296); elide: Text.ElideMiddle; text: p.one ? p.d.name : Words.selected(Desk.fleet.selected); font.pixelSize: Theme.title; strong: true; Accessible.role: Accessible.Heading }
                StateMark { visible: p.one; state_: p.one ? p.d.state : "fine"; anchors.verticalCenter: parent.verticalCenter }
            }
            Copyable { visible: p.one; value: p.one ? p.d.model + "  ·  " + p.d.os + "  ·  " + p.d.address.replace(/:5000$/, "") : ""; width: 304; clip: true }
            Txt { visible: !p.one; text: p.d.kind === "many" ? Words.names(p.d.names) : ""; width: 296; elide: Text.ElideRight; font.pixelSize: Theme.small; color: Theme.muted }
        }
        CloseButton { anchors { right: parent.right; top: parent.top; topMargin: 14 } name: Words.t("Close the side panel", "Fermer le volet"); onRun: p.closed() }
    }
    Flickable {
        id: flick
        anchors { top: top.bottom; left: parent.left; right: parent.right; bottom: foot.top; leftMargin: Theme.margin; rightMargin: 0 }
        clip: true
        contentWidth: width
        contentHeight: load.implicitHeight + Theme.margin
        boundsBehavior: Flickable.StopAtBounds
        function show(item) { contentY = Math.max(0, Math.min(item.mapToItem(contentItem, 0, 0).y, contentHeight - height)) }
        // Another Pi, or another order: it is told from its beginning.
        readonly property string subject: (p.d.key || "") + Desk.busy
        onSubjectChanged: contentY = 0
        ScrollBar.vertical: ScrollBar { id: bar; width: 12; padding: 3; policy: flick.contentHeight > flick.height ? ScrollBar.AlwaysOn : ScrollBar.AlwaysOff; background: null; contentItem: Rectangle { radius: 3; color: bar.hovered || bar.pressed ? Theme.control : Theme.edge } }
        Loader { id: load; width: flick.width - Theme.margin; sourceComponent: p.one ? single : p.d.kind === "many" ? many : null }
    }
    Component {
        id: many
        ColumnLayout {
            spacing: Theme.half
            Head { visible: p.d.same.length > 0; Layout.topMargin: Theme.u; text: Words.t("The same on all", "Identique partout") }
            Repeater { model: p.d.same; Fact { required property var modelData; label: p.labels[modelData[0]]; value: p.value(modelData[0], modelData[1]) } }
            Head { visible: p.d.differs.length > 0; text: Words.t("Differs", "Différences") }
            Repeater {
                model: p.d.differs
                Fact {
                    required property var modelData
                    label: p.labels[modelData[0]]
                    value: modelData[1].map(v => v[1] === 1 ? v[2] + Words.t(": ", " : ") + p.value(modelData[0], v[0]) : Words.number(v[1]) + " × " + p.value(modelData[0], v[0])).join("\n") + (modelData[2] > modelData[1].length ? "\n…" : "")
                }
            }
        }
    }
    Component {
        id: single
        ColumnLayout {
            spacing: Theme.half
            Para { visible: !!p.failure && p.failure.wentBack === true; color: Theme.ink; Layout.topMargin: Theme.half
                text: p.d.remarks.length > 0 ? Words.t("It went back by itself, with remarks:", "Il est revenu tout seul, avec des remarques :") : p.failure && p.failure.compared ? Words.t("It went back by itself and runs exactly as before: " + Words.packages(p.failure.compared) + " compared, none differs.", "Il est revenu tout seul et tourne exactement comme avant : " + Words.packages(p.failure.compared) + " comparés, aucun écart.")
                    : Words.t("It went back by itself and runs exactly as before.", "Il est revenu tout seul et tourne exactement comme avant.") }
            Head { visible: p.d.remarks.length > 0 && !(p.failure && p.failure.wentBack === true); text: Words.t("Remarks", "Remarques") }
            Repeater { model: p.d.remarks; Copyable { required property string modelData; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; value: modelData } }
            Head { visible: !!p.failure; text: Words.t("Why", "Pourquoi") }
            Copyable { visible: !!p.failure; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; color: Theme.ink; value: p.failure ? p.failure.what : "" }
            Repeater { model: p.failure ? p.failure.detail : []; Copyable { required property string modelData; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; font { family: Theme.mono; pixelSize: Theme.caption } value: modelData } }
            Head { visible: !!p.failure && p.failure.now !== ""; text: Words.t("What now", "Que faire") }
            Copyable { visible: !!p.failure && p.failure.now !== ""; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; value: p.failure ? p.failure.now : "" }
            PushButton { visible: !!p.failure && Desk.hasFile && !Desk.busy; Layout.topMargin: Theme.u; small: true; glyph: "start"; text: Words.t("Try Again", "Réessayer"); onRun: Desk.send("plan-update") }
            Para { visible: p.d.seedRoutes; color: Theme.ink; Layout.topMargin: p.failure ? Theme.gap : 0; text: Words.t("Whoever seed_routes in its /etc/framboise/framboise.toml names may update this Pi without a key.", "Qui est nommé par seed_routes dans son /etc/framboise/framboise.toml peut le mettre à jour sans clé.") }
            Head { visible: p.d.steps.length > 0; text: Words.t("What happened", "Déroulement") }
            Steps { visible: p.d.steps.length > 0; Layout.fillWidth: true; steps: p.d.steps }
            Head { visible: p.d.points.length > 0 || p.d.isLooking; text: Words.t("Restore points", "Points de retour") }
            Para { visible: p.d.isLooking; text: Words.t("Reading…", "Lecture…") }
            Timeline { id: points; Layout.fillWidth: true; points: p.d.points; onGrown: item => Qt.callLater(flick.show, item) }
            Para { visible: !p.d.isLooking && !p.d.problem && p.d.points.length === 0; Layout.topMargin: Theme.gap; text: Words.t("No restore point yet: the first is recorded before the first update.", "Pas encore de point de retour : le premier est pris avant la première mise à jour.") }
            Para { visible: !!p.d.problem && !p.failure; Layout.topMargin: Theme.gap; text: p.d.problem ? p.d.problem.what + ". " + p.d.problem.now : "" }
            Head { visible: p.d.packages !== null; text: Words.t("This Pi", "Ce Pi") }
            Fact { label: Words.t("Packages", "Paquets"); value: p.d.packages !== null ? Words.number(p.d.packages) : "" }
            Fact { label: Words.t("Free", "Libre"); value: p.d.free || "" }
            Fact { label: Words.t("Kept debs", "Réserve"); value: p.d.vault || "" }
            Fact { label: Words.t("Reboot for", "Redémarrage"); value: (p.d.reboot || []).join(", ") }
            Fact { label: Words.t("Follows", "Obéit à"); value: (p.d.operators || []).join(", ") }
            Fact { label: "Agent"; value: p.d.agent }
        }
    }
    Item {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: 56
        Rule { width: parent.width }
        Row {
            x: 12
            anchors.verticalCenter: parent.verticalCenter
            PushButton { visible: p.one && p.d.log.length > 0; small: true; kind: "quiet"; text: Words.t("Open Log", "Ouvrir le journal"); onRun: p.log() }
            PushButton { small: true; kind: "quiet"; text: Words.t("Forget", "Oublier"); ready: !Desk.busy; reason: Words.t("An order is running", "Un ordre est en cours"); tip: Words.t("Takes it off this list; the Pi stays as it is", "Retire de cette liste ; le Pi reste tel quel"); onRun: Desk.send("forget") }
        }
    }
}
