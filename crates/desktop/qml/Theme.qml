pragma Singleton
import QtQuick
import org.framboise.desktop

// Every colour, size and duration of the app. Pairs that carry text are at 4.5:1 or better, shapes at 3:1 (contrast.py measures them).
QtObject {
    readonly property bool dark: Desk.app.theme === "dark" || Desk.app.theme === "system" && Bridge.dark
    readonly property bool still: Bridge.still // the system asks for no motion

    // Grounds, from far to near
    readonly property color ground: dark ? "#17161A" : "#F6F5F7"  // header, action row, side panel
    readonly property color surface: dark ? "#1D1C21" : "#FFFFFF" // table
    readonly property color raised: dark ? "#242329" : "#FFFFFF"  // sheet, toast, tip, menu
    readonly property color hover: dark ? "#28272D" : "#F3F2F5"
    readonly property color pressed: dark ? "#323138" : "#E9E7EC"
    readonly property color line: dark ? "#2E2D34" : "#E6E4EA"
    readonly property color edge: dark ? "#45434D" : "#CFCCD6"    // outline of a button or field
    readonly property color control: dark ? "#85808F" : "#85808F" // outline that alone tells the control: check box, 3:1
    readonly property color track: dark ? "#3A3842" : "#E2DFE7"   // the part of a bar still to come
    readonly property color scrim: dark ? "#A6000000" : "#59201C28"

    // Ink
    readonly property color tip: dark ? "#EFEDF2" : "#26242C"     // tip and toast stand out: the other theme's ground
    readonly property color tipInk: dark ? "#1D1B22" : "#FFFFFF"
    readonly property color tipAccent: dark ? "#A81146" : "#FFA3BE"
    readonly property color ink: dark ? "#EFEDF2" : "#1D1B22"
    readonly property color muted: dark ? "#A5A1AE" : "#5E5A67"
    readonly property color unready: dark ? "#928D9C" : "#6D6976" // label of a button that cannot be used yet

    // The one accent: raspberry
    readonly property color accent: dark ? "#CB265D" : "#BE1550"
    readonly property color accentHover: dark ? "#D53068" : "#A81146"
    readonly property color accentPressed: dark ? "#B01E50" : "#8E0D3A"
    readonly property color accentInk: "#FFFFFF"
    readonly property color accentText: dark ? "#FF85A9" : "#B5134C"
    readonly property color tint: dark ? "#34202A" : "#FCEEF3"     // selected row
    readonly property color tintHover: dark ? "#3D2530" : "#F9E3EB"
    readonly property color focus: dark ? "#FF85A9" : "#BE1550"

    // States: colour comes third, after shape and word
    readonly property color fine: dark ? "#4FC48C" : "#1A7A48"
    readonly property color needs: dark ? "#F2A73B" : "#A85508"
    readonly property color working: dark ? "#74ADFF" : "#1B60D1"
    readonly property color back: dark ? "#BB9CF7" : "#7343C6"
    readonly property color away: dark ? "#9D98A8" : "#67636F"
    readonly property color found: dark ? "#4CC4D2" : "#0B717E"
    readonly property color needsTint: dark ? "#33291C" : "#FDF4E7"
    function stateColor(s) { return { fine: fine, needs: needs, working: working, back: back, away: away, found: found, asking: away, tick: fine, cross: needs }[s] || away }

    // Type: Inter, six sizes, three weights (400, 500, 600)
    readonly property string family: "Inter"
    readonly property string mono: "DejaVu Sans Mono"
    readonly property int caption: 12
    readonly property int small: 13
    readonly property int body: 14
    readonly property int lead: 16
    readonly property int title: 20
    readonly property int hero: 28

    // 8-pixel grid, with 4 inside a control
    readonly property int u: 8
    readonly property int half: 4
    readonly property int gap: 16
    readonly property int margin: 24
    readonly property int buttonHeight: 40
    readonly property int smallHeight: 32
    readonly property int rowHeight: 44
    readonly property int panelWidth: 384
    readonly property int radius: 8
    readonly property int sheetRadius: 12

    readonly property int quick: still ? 0 : 90   // hover, press
    readonly property int normal: still ? 0 : 140 // panel, sheet, new row
}
