pragma Singleton
import QtQuick
import org.framboise.desktop

// What the controller tells, part by part, and the way to tell it something. Nothing is decided here.
QtObject {
    id: desk
    property var app: ({ language: "en", theme: "system", geometry: null, loaded: false, toast: null, problem: null, key: null })
    property var fleet: ({ total: 0, counts: [], found: 0, selected: 0, hits: 0, query: "", filter: "", column: "name", descending: false, grouped: false })
    property var scan: ({ on: false, stopped: false, networks: [], skipped: [], asked: 0, total: 0, found: 0, share: 0, summary: null })
    property var file: ({ state: "none", name: "", packages: 0, bad: null })
    property var plan: ({ state: "none", groups: [], points: [], devices: { shown: [], count: 0 } })
    property var panel: ({ kind: "none" })
    property var work: ({ state: "none", over: null })

    readonly property bool busy: work.state === "on"
    readonly property bool hasFile: file.state === "good"
    readonly property bool badFile: file.state === "bad"

    function send(what, more) { Bridge.send(JSON.stringify(Object.assign({ "do": what }, more || {}))) }

    readonly property Connections told: Connections {
        target: Bridge
        function onTold(name, json) { desk[name] = JSON.parse(json) }
    }
}
