import QtQuick

// The seal with its words.
Row {
    property alias have: seal.have
    property alias of: seal.of
    property string line
    spacing: 12
    Seal { id: seal; size: 40; anchors.verticalCenter: parent.verticalCenter }
    Column {
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2
        Txt { text: seal.whole ? Words.guaranteed(seal.have, seal.of) : Words.t("Only " + seal.have + " of " + seal.of, "Seulement " + seal.have + " sur " + seal.of); strong: true }
        Txt { text: parent.parent.line; font.pixelSize: Theme.small; color: Theme.muted }
    }
}
