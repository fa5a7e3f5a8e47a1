import QtQuick
import QtQuick.Controls
import QtQuick.Layouts
import QtQuick.Dialogs

// The three ways to say what is to be installed: a file, an address, a list typed here.
Sheet {
    id: s
    title: Words.file
    line: Words.t("One package a line. You can also drop a file anywhere on the window.", "Un paquet par ligne. Vous pouvez aussi déposer un fichier sur la fenêtre.")
    width: Math.min(640, parent.width - 48)
    readonly property bool typed: list.text.trim() !== ""
    readonly property bool given: address.text.trim() !== ""
    property url folder // where the last file was chosen
    signal chosen(url folder)
    function take(from) {
        Desk.send("open-file", { from: from })
        s.close()
    }
    FileDialog {
        id: dialog
        title: Words.file
        currentFolder: s.folder
        nameFilters: [Words.t("Lists", "Listes") + " (*.txt *.toml *.list *.deb)", Words.t("All", "Tous") + " (*)"]
        onAccepted: { s.chosen(currentFolder); s.take(decodeURIComponent(selectedFile.toString())) }
    }
    PushButton { id: choose; glyph: "file"; kind: "plain"; text: Words.t("Choose a File…", "Choisir un fichier…"); onRun: dialog.open(); Component.onCompleted: forceActiveFocus(Qt.TabFocusReason) }
    Txt { Layout.topMargin: Theme.margin; Layout.bottomMargin: Theme.u; text: Words.t("Or its address", "Ou son adresse"); font.weight: Font.Medium }
    Field { id: address; Layout.fillWidth: true; glyph: ""; placeholderText: "https://example.org/kiosk.txt"; Accessible.name: Words.t("Address of an update file", "Adresse d'un fichier de mise à jour"); onAccepted: if (s.given) s.take(text.trim()) }
    Txt { Layout.topMargin: Theme.margin; Layout.bottomMargin: Theme.u; text: Words.t("Or type the packages", "Ou tapez les paquets"); font.weight: Font.Medium }
    ScrollView {
        Layout.fillWidth: true
        Layout.preferredHeight: 144
        TextArea {
            id: list
            text: Desk.file.typed || ""
            wrapMode: TextEdit.NoWrap
            textFormat: TextEdit.PlainText
            placeholderText: "chromium\nlibnss3=2:3.91-1\nnano-"
            font { family: Theme.mono; pixelSize: Theme.small }
            color: Theme.ink
            placeholderTextColor: Theme.muted
            selectionColor: Theme.accent
            selectedTextColor: Theme.accentInk
            leftPadding: 12
            topPadding: 10
            Accessible.name: Words.t("Packages, one a line", "Paquets, un par ligne")
            KeyNavigation.priority: KeyNavigation.BeforeItem
            KeyNavigation.tab: foot
            KeyNavigation.backtab: address
            background: Rectangle { radius: Theme.radius; color: Theme.surface; border { width: list.activeFocus ? 2 : 1; color: list.activeFocus ? Theme.focus : Theme.edge } }
        }
    }
    Txt { Layout.topMargin: Theme.u; Layout.fillWidth: true; text: Words.t("name, name=version, name- to remove, @security, @upgrade, or the path or address of a .deb", "nom, nom=version, nom- pour retirer, @security, @upgrade, ou le chemin ou l'adresse d'un .deb"); font.pixelSize: Theme.caption; color: Theme.muted; wrapMode: Text.Wrap }
    property Item foot: null
    actions: Component {
        RowLayout {
            spacing: Theme.u
            Item { Layout.fillWidth: true }
            PushButton { kind: "quiet"; text: Words.cancel; onRun: s.close(); Component.onCompleted: s.foot = this }
            PushButton {
                kind: "primary"
                text: s.given && !s.typed ? Words.t("Use This Address", "Utiliser cette adresse") : Words.t("Use This List", "Utiliser cette liste")
                ready: s.typed || s.given
                reason: Words.t("Type a package or an address first", "Tapez d'abord un paquet ou une adresse")
                onRun: {
                    if (!s.typed) { s.take(address.text.trim()); return }
                    Desk.send("type-file", { text: list.text })
                    s.close()
                }
            }
        }
    }
}
