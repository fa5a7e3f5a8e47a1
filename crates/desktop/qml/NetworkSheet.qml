import QtQuick
import QtQuick.Layouts

// A network that this computer is not in, or is not asked unless somebody says so.
Sheet {
    id: s
    property string given: ""
    title: Words.network
    line: Words.t("For Pis that Scan Network does not find: behind a router, or in a network too large to be asked unasked.", "Pour les Pi que Scanner le réseau ne trouve pas : derrière un routeur, ou sur un réseau trop grand.")
    width: Math.min(640, parent.width - 48)
    signal taken(string networks)
    function take() {
        if (field.text.trim() === "") return
        s.taken(field.text.trim())
        Desk.send("scan", { networks: field.text.trim() })
        s.close()
    }
    Field { id: field; Layout.fillWidth: true; glyph: ""; text: s.given; placeholderText: "192.168.2.0/24"; Accessible.name: Words.t("Network or address", "Réseau ou adresse"); onAccepted: s.take(); Component.onCompleted: forceActiveFocus(Qt.TabFocusReason) }
    Repeater {
        model: Desk.scan.skipped
        Txt {
            required property var modelData
            Layout.fillWidth: true
            Layout.topMargin: Theme.u
            wrapMode: Text.Wrap
            font.pixelSize: Theme.small
            color: Theme.muted
            text: Words.skipped(modelData)
        }
    }
    actions: Component {
        RowLayout {
            spacing: Theme.u
            Item { Layout.fillWidth: true }
            PushButton { kind: "quiet"; text: Words.cancel; onRun: s.close() }
            PushButton { kind: "primary"; text: Words.t("Scan It", "Le scanner"); ready: field.text.trim() !== "" && !Desk.scan.on; reason: Desk.scan.on ? Words.t("Scanning now", "Recherche en cours") : Words.t("Type a network first", "Tapez d'abord un réseau"); onRun: s.take() }
        }
    }
}
