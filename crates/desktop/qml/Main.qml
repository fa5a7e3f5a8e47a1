import QtQuick
import QtQuick.Controls
import QtQuick.Layouts
import org.framboise.desktop

ApplicationWindow {
    id: win
    width: 1280
    height: 800
    minimumWidth: Math.min(960, Screen.desktopAvailableWidth)
    minimumHeight: Math.min(600, Screen.desktopAvailableHeight)
    visible: true
    title: Desk.busy ? Math.round((Desk.work.share || 0) * 100) + " %  ·  Framboise" : "Framboise"
    color: Theme.ground
    background: Rectangle { color: Theme.ground }
    font.family: Theme.family
    // For what Qt draws itself: the file dialog of a session without one of its own.
    palette {
        window: Theme.raised; windowText: Theme.ink; base: Theme.surface; alternateBase: Theme.hover; text: Theme.ink; placeholderText: Theme.muted
        button: Theme.pressed; buttonText: Theme.ink; brightText: Theme.ink; light: Theme.hover; midlight: Theme.pressed; mid: Theme.edge; dark: Theme.edge; shadow: Theme.edge
        highlight: Theme.tint; highlightedText: Theme.ink; link: Theme.accentText; toolTipBase: Theme.tip; toolTipText: Theme.tipInk
    }

    property string sheet: "" // file, select, log, network, key, shortcuts, about
    property bool toldBad: false // a bad file came while another sheet still closed
    property bool panelClosed: false
    readonly property int selected: Desk.fleet.selected
    readonly property bool empty: Desk.app.loaded && Desk.fleet.total === 0 && Desk.fleet.found === 0
    readonly property bool beside: selected > 0 && !panelClosed && !empty
    readonly property bool covered: sheet !== "" || Desk.plan.state !== "none"
    onSelectedChanged: panelClosed = false

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        Header { id: header; Layout.fillWidth: true; onKey: { Desk.send("show-key"); win.sheet = "key" } onShortcuts: win.sheet = "shortcuts"; onAbout: win.sheet = "about"; onNetwork: win.sheet = "network" }
        ActionRow { id: actions; Layout.fillWidth: true; onSelectFile: win.sheet = "select"; onShowFile: win.sheet = "file" }
        Rule { Layout.fillWidth: true }
        Item {
            id: middle
            Layout.fillWidth: true
            Layout.fillHeight: true
            Loader { id: table; active: !win.empty; height: parent.height; width: parent.width - (panel.active ? Theme.panelWidth : 0); sourceComponent: DeviceTable { } }
            Loader { active: win.empty; anchors.fill: parent; sourceComponent: EmptyView { onNetwork: win.sheet = "network" } }
            Loader { id: panel; active: win.beside; anchors.right: parent.right; height: parent.height; width: Theme.panelWidth; sourceComponent: SidePanel { onClosed: win.panelClosed = true; onLog: win.sheet = "log" } }
        }
        Loader { id: work; Layout.fillWidth: true; active: Desk.scan.on || Desk.work.state !== "none"; visible: active; sourceComponent: WorkBar { } }
    }
    DropArea {
        anchors.fill: parent
        enabled: !win.covered
        onDropped: drop => { if (drop.hasUrls) { Desk.send("open-file", { from: decodeURIComponent(drop.urls[0].toString()) }); drop.accept() } }
        Loader {
            anchors.fill: parent
            active: parent.containsDrag
            sourceComponent: Rectangle {
                color: Theme.scrim
                border { color: Theme.accent; width: 3 }
                Rectangle {
                    anchors { fill: drop; margins: -Theme.gap }
                    color: Theme.raised
                    radius: Theme.sheetRadius
                }
                Txt { id: drop; anchors.centerIn: parent; text: Words.t("Drop it: this becomes the update file", "Déposez-le : ce sera le fichier de mise à jour"); font.pixelSize: Theme.title; strong: true }
            }
        }
    }
    component Sheets: Loader { property string of; active: win.sheet === of }
    Sheets { of: "select"; sourceComponent: SelectSheet { visible: true; folder: win.folder; onChosen: folder => win.folder = folder; onClosed: { win.sheet = win.toldBad && Desk.badFile ? "file" : ""; win.toldBad = false } } }
    Sheets { of: "file"; active: win.sheet === of && Desk.file.state !== "none"; sourceComponent: FileSheet { visible: true; onClosed: if (win.sheet === "file") win.sheet = ""; onAnother: win.sheet = "select" } }
    property string networks: "" // that were typed last
    property url folder          // where the last file was chosen
    Sheets { of: "network"; sourceComponent: NetworkSheet { visible: true; given: win.networks; onTaken: networks => win.networks = networks; onClosed: win.sheet = "" } }
    Sheets { of: "log"; sourceComponent: LogSheet { visible: true; onClosed: win.sheet = "" } }
    Sheets {
        of: "key"
        sourceComponent: TextSheet {
            visible: true
            title: Words.t("Your Key", "Votre clé")
            line: Words.t("A Pi follows you once this line is in its /etc/framboise/operators.", "Un Pi vous obéit dès que cette ligne est dans son /etc/framboise/operators.")
            command: Desk.app.key || ""
            onClosed: win.sheet = ""
        }
    }
    Sheets {
        of: "shortcuts"
        sourceComponent: TextSheet {
            visible: true
            title: Words.t("Keyboard Shortcuts", "Raccourcis clavier")
            line: Words.t("Everything works without a mouse.", "Tout marche sans souris.")
            rows: [["F5", Words.scan], ["Ctrl+O", Words.file], ["Ctrl+U", Words.start], ["Ctrl+R", Words.rollback], ["Ctrl+F", Words.t("Search", "Chercher")], ["Ctrl+A", Words.t("Select all that are shown", "Choisir tout ce qui est montré")],
                   ["F6", Words.t("Next part of the window", "Partie suivante de la fenêtre")], [Words.t("Arrows, Page, Home, End", "Flèches, Page, Début, Fin"), Words.t("Move in the table; with Shift, select a range", "Aller dans la table ; avec Maj, choisir une plage")],
                   [Words.t("Space, Enter", "Espace, Entrée"), Words.t("Add to the selection; select only this one", "Ajouter au choix ; ne choisir que celui-ci")], [Words.t("Letters", "Lettres"), Words.t("Jump to a name", "Sauter à un nom")], [Words.t("Esc", "Échap"), Words.t("Close, show all again, select none", "Fermer, tout montrer, ne rien choisir")]]
            onClosed: win.sheet = ""
        }
    }
    Sheets {
        of: "about"
        sourceComponent: TextSheet {
            visible: true
            title: "Framboise " + Bridge.version
            line: Words.t("Updates every Pi with one click, and takes each exactly back.", "Met à jour chaque Pi d'un clic, et le ramène exactement.")
            rows: [[Words.t("Licence", "Licence"), "Apache-2.0"]]
            onClosed: win.sheet = ""
        }
    }
    Loader { active: Desk.plan.state !== "none"; sourceComponent: PlanSheet { visible: true } }
    Loader {
        id: toast
        readonly property var told: Desk.app.toast
        property int seen: 0
        active: told !== null && told.number !== seen
        z: 5
        x: Math.round((win.width - width) / 2)
        y: win.height - 48 - Theme.margin - (work.active ? work.height : 0)
        sourceComponent: Toast {
            text: toast.told.text
            action: toast.told.can_undo ? Words.t("Undo", "Annuler") : ""
            onRun: { Desk.send("unforget"); toast.seen = toast.told.number }
            HoverHandler { id: over }
            Timer { running: !over.hovered; interval: 6000; onTriggered: toast.seen = toast.told.number }
        }
    }
    Loader {
        id: problem
        property int seen: 0
        readonly property var told: Desk.app.problem
        active: told !== null && told.number !== seen
        sourceComponent: TextSheet {
            visible: true
            title: Words.t("That did not work", "Cela n'a pas marché")
            line: problem.told ? problem.told.what : ""
            rows: problem.told && problem.told.now !== "" ? [[Words.t("What now", "Que faire"), problem.told.now]] : []
            onClosed: problem.seen = problem.told ? problem.told.number : 0
        }
    }
    Connections {
        target: Desk
        function onFileChanged() {
            if (Desk.badFile && win.sheet === "") win.sheet = "file"
            else win.toldBad = Desk.badFile && win.sheet === "select"
        }
    }

    Shortcut { sequences: ["F5"]; enabled: !win.covered; onActivated: actions.scan.clicked() }
    Shortcut { sequences: ["Ctrl+O"]; enabled: !win.covered; onActivated: win.sheet = "select" }
    Shortcut { sequences: ["Ctrl+U"]; enabled: !win.covered; onActivated: actions.start.clicked() }
    Shortcut { sequences: ["Ctrl+R"]; enabled: !win.covered; onActivated: actions.rollback.clicked() }
    Shortcut { sequences: ["Ctrl+F"]; enabled: !win.covered; onActivated: header.search.forceActiveFocus(Qt.ShortcutFocusReason) }
    Shortcut { sequences: ["Ctrl+A"]; enabled: !win.covered && !header.search.activeFocus; onActivated: Desk.send("select-all") }
    Shortcut { sequences: ["F6"]; enabled: !win.covered; onActivated: win.next() }
    Shortcut { sequences: ["Escape"]; enabled: !win.covered && !header.search.activeFocus && (win.selected > 0 || win.narrowed); onActivated: win.widen() }
    // What narrows the table goes first, then the selection.
    readonly property bool narrowed: Desk.fleet.filter !== "" || header.search.text !== ""
    function widen() {
        if (!narrowed) return Desk.send("select-none")
        if (Desk.fleet.filter !== "") Desk.send("filter", { state: Desk.fleet.filter })
        if (header.search.text !== "") header.search.empty()
    }
    function next() {
        const parts = [header.search.visible ? header.search : null, table.item ? table.item.list : null, panel.item, work.item].filter(p => p)
        const inside = item => { for (let f = win.activeFocusItem; f; f = f.parent) if (f === item) return true; return false }
        const at = parts.findIndex(inside)
        const to = parts[(at + 1) % parts.length]
        if (to === panel.item || to === work.item) { const first = to.nextItemInFocusChain(true); first.forceActiveFocus(Qt.TabFocusReason) }
        else to.forceActiveFocus(Qt.TabFocusReason)
    }
    onFrameSwapped: Bridge.frame()
    onClosing: close => {
        Desk.send("keep-window", { geometry: [win.x, win.y, win.width, win.height] })
        close.accepted = Bridge.leave() // while an order runs: once every Pi knows that this window goes
    }
    Component.onCompleted: {
        const g = Bridge.geometry.split(",").map(Number)
        if (g.length !== 4) { // a first start: as it was drawn, or what the screen has room for beside a title and a bar
            width = Math.max(minimumWidth, Math.min(width, Screen.desktopAvailableWidth))
            height = Math.max(minimumHeight, Math.min(height, Screen.desktopAvailableHeight - 64))
            return
        }
        width = Math.max(minimumWidth, Math.min(g[2], Screen.desktopAvailableWidth))
        height = Math.max(minimumHeight, Math.min(g[3], Screen.desktopAvailableHeight))
        x = Math.max(0, Math.min(g[0], Screen.desktopAvailableWidth - width))
        y = Math.max(0, Math.min(g[1], Screen.desktopAvailableHeight - height))
    }
}
