import QtQuick
import QtQuick.Window

// The shape of a state. Told apart without colour: disc, triangle, half disc, bent arrow, ring, diamond.
Item {
    id: mark
    property string kind: "fine"
    property int size: 14
    property color color: kind === "start" ? Theme.accentText : Theme.stateColor(kind)
    readonly property string c: String(color).replace("#", "%23")
    readonly property var shapes: ({
        fine: "<circle cx='8' cy='8' r='5' fill='C'/>",
        needs: "<path d='M8 1.6 15.2 14.2H.8z' fill='C' stroke='C' stroke-width='1' stroke-linejoin='round'/>",
        working: "<circle cx='8' cy='8' r='5.8' fill='none' stroke='C' stroke-width='1.8'/><path d='M8 2.4a5.6 5.6 0 0 1 0 11.2z' fill='C'/>",
        back: "<path d='M2.2 6.2h7.4a3.8 3.8 0 0 1 0 7.6H5.4M6 2.2 2 6.2l4 4' fill='none' stroke='C' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/>",
        away: "<circle cx='8' cy='8' r='5.4' fill='none' stroke='C' stroke-width='1.8'/>",
        found: "<path d='M8 1.8 14.2 8 8 14.2 1.8 8z' fill='none' stroke='C' stroke-width='1.8' stroke-linejoin='round'/>",
        start: "<path d='M8 14V5M4 8.6 8 4.6l4 4M2.6 1.6h10.8' fill='none' stroke='C' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/>",
        tick: "<path d='M2.6 8.6 6.4 12.4 13.6 4.2' fill='none' stroke='C' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/>",
        cross: "<path d='M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2' fill='none' stroke='C' stroke-width='2.2' stroke-linecap='round'/>",
        asking: "<circle cx='8' cy='8' r='5.4' fill='none' stroke='C' stroke-width='1.8' stroke-dasharray='2.4 2.4'/>",
        none: "<path d='M3 8h10' fill='none' stroke='C' stroke-width='2' stroke-linecap='round'/>"
    })
    implicitWidth: size
    implicitHeight: size
    Image {
        width: mark.size
        height: mark.size
        sourceSize: Qt.size(width * Screen.devicePixelRatio, height * Screen.devicePixelRatio)
        source: "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>" + (mark.shapes[mark.kind] || "").split("'C'").join("'" + mark.c + "'") + "</svg>"
        Accessible.ignored: true
    }
    Accessible.ignored: true
}
