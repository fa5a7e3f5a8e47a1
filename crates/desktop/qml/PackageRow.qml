import QtQuick
import QtQuick.Layouts

// One package: before → after, why, how much.
RowLayout {
    id: r
    property string name
    property string before
    property string after
    property string note
    property string size
    // A version is what one came to read: it wraps where others elide.
    component Cell: Txt { font.pixelSize: Theme.small; wrapMode: Text.WrapAnywhere; lineHeight: 1; Accessible.ignored: true }
    Layout.fillWidth: true
    Layout.minimumHeight: 28
    spacing: Theme.u
    Accessible.role: Accessible.ListItem
    Accessible.name: name + ": " + (before || Words.t("not there", "absent")) + " → " + (after || Words.t("removed", "retiré")) + (note ? ", " + note : "")
    Cell { text: r.name; font.weight: Font.Medium; Layout.preferredWidth: 184 }
    Cell { text: r.before || Words.t("not there", "absent"); color: Theme.muted; Layout.preferredWidth: 176 }
    Icon { name: "arrow"; size: 12; color: Theme.muted }
    Cell { text: r.after || Words.t("removed", "retiré"); Layout.preferredWidth: 176; Layout.leftMargin: 4 }
    Cell { text: r.note; color: Theme.muted; wrapMode: Text.NoWrap; elide: Text.ElideRight; Layout.fillWidth: true; Layout.leftMargin: Theme.gap }
    Cell { visible: r.size !== ""; text: r.size; color: Theme.muted; horizontalAlignment: Text.AlignRight; Layout.preferredWidth: 72 }
}
