import QtQuick
import QtQuick.Layouts

// The chosen update file: its packages, or every line that is wrong with it.
Sheet {
    id: s
    signal another()
    readonly property var file: Desk.file
    readonly property var bad: file.bad
    property bool unopened: false // no editor took it
    readonly property string savedWords: file.path ? Words.t(" The file is read again whenever you save it.", " Le fichier est relu à chaque enregistrement.") : ""
    readonly property bool whole: !!bad && bad.count === 0 // wrong as a whole, not by lines
    title: !bad ? file.name : whole ? Words.t(file.name + " can't be used", file.name + " est inutilisable") : Words.t(file.name + " has " + Words.lines(bad.count), file.name + " a " + Words.lines(bad.count))
    line: (!bad ? Words.t(Words.packages(file.packages) + (file.checks ? ", " + file.checks + (file.checks === 1 ? " check" : " checks") : "") + ".", Words.packages(file.packages) + (file.checks ? ", " + file.checks + (file.checks > 1 ? " contrôles" : " contrôle") : "") + ".")
        : Words.t("Nothing was sent to a Pi.", "Rien n'a été envoyé.")) + savedWords
    width: Math.min(720, parent.width - 48)
    Copyable { visible: s.whole; Layout.fillWidth: true; wrapMode: TextEdit.Wrap; color: Theme.ink; value: s.whole ? s.bad.what : "" }
    Copyable { visible: s.whole; Layout.fillWidth: true; Layout.topMargin: Theme.u; wrapMode: TextEdit.Wrap; value: s.whole ? s.bad.now : "" }
    Copyable { visible: s.unopened; Layout.fillWidth: true; Layout.bottomMargin: Theme.u; wrapMode: TextEdit.Wrap; color: Theme.ink; value: Words.t("No editor opened. The file is ", "Aucun éditeur ne s'est ouvert. Le fichier est ") + s.file.path }
    Repeater {
        model: !s.bad && s.file.entries ? s.file.entries : []
        Copyable { required property string modelData; Layout.fillWidth: true; Layout.bottomMargin: Theme.half; font.family: Theme.mono; color: Theme.ink; value: modelData }
    }
    Txt { visible: !s.bad && !!s.file.entries && s.file.packages > s.file.entries.length; text: Words.t("and " + (s.file.packages - (s.file.entries || []).length) + " more", "et " + (s.file.packages - (s.file.entries || []).length) + " autres"); color: Theme.muted }
    Repeater {
        model: s.bad ? s.bad.lines : []
        Rectangle {
            id: l
            required property var modelData
            readonly property bool wrong: modelData.why.length > 0
            Layout.fillWidth: true
            Layout.bottomMargin: wrong ? Theme.half : 0
            implicitHeight: body.implicitHeight + (wrong ? 24 : 12)
            radius: Theme.radius
            color: wrong ? Theme.needsTint : "transparent"
            Accessible.role: Accessible.ListItem
            Accessible.name: Words.t("Line ", "Ligne ") + modelData.n + ": " + modelData.text + (wrong ? ". " + modelData.why.join(". ") : "")
            RowLayout {
                id: body
                anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; leftMargin: 12; rightMargin: 12 }
                spacing: 12
                Mark { kind: "needs"; opacity: l.wrong ? 1 : 0; Layout.alignment: Qt.AlignTop; Layout.topMargin: 2 }
                Txt { text: l.modelData.n; font { family: Theme.mono; pixelSize: Theme.small } color: l.wrong ? Theme.ink : Theme.muted; Layout.alignment: Qt.AlignTop; Layout.preferredWidth: 24; horizontalAlignment: Text.AlignRight }
                ColumnLayout {
                    spacing: 4
                    Layout.fillWidth: true
                    Copyable { value: l.modelData.text; font.family: Theme.mono; color: l.wrong ? Theme.ink : Theme.muted; Layout.fillWidth: true; clip: true }
                    Repeater {
                        model: l.modelData.why
                        Txt { required property string modelData; text: modelData; font.pixelSize: Theme.small; Layout.fillWidth: true; wrapMode: Text.Wrap }
                    }
                }
            }
        }
    }
    actions: Component {
        RowLayout {
            spacing: Theme.u
            Txt { Layout.fillWidth: true; text: s.bad && !s.whole ? Words.t(s.bad.good + (s.bad.good === 1 ? " line is good" : " lines are good"), s.bad.good + (s.bad.good > 1 ? " lignes sont bonnes" : " ligne est bonne")) : ""; font.pixelSize: Theme.small; color: Theme.muted }
            PushButton { kind: "quiet"; text: s.file.typed ? Words.t("Edit List", "Modifier la liste") : Words.t("Choose Another File", "Choisir un autre fichier"); onRun: s.another() }
            PushButton { visible: !!s.file.path; kind: "plain"; text: Words.t("Open in Editor", "Ouvrir dans l'éditeur"); onRun: s.unopened = !Qt.openUrlExternally("file://" + s.file.path) }
            PushButton { kind: "plain"; text: Words.close; onRun: s.close(); Component.onCompleted: forceActiveFocus(Qt.TabFocusReason) }
        }
    }
}
