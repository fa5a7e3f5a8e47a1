"""A desktop session as far as the window asks one: notifications, and the portal's settings; on the session's bus.

Prints each notification as JSON; `dark`, `light` and `still` on stdin change the settings.
"""

import json
import sys
import threading

from gi.repository import Gio, GLib

NOTIFICATIONS = """
<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
</interface></node>"""
SETTINGS = """
<node><interface name="org.freedesktop.portal.Settings">
  <method name="Read"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
  <signal name="SettingChanged"><arg type="s"/><arg type="s"/><arg type="v"/></signal>
</interface></node>"""
PORTAL = "/org/freedesktop/portal/desktop"

settings = {
    ("org.freedesktop.appearance", "color-scheme"): GLib.Variant("u", 2),
    ("org.gnome.desktop.interface", "enable-animations"): GLib.Variant("b", True),
}


def called(_bus, _sender, _path, _interface, method, words, answer):
    if method == "Notify":
        app, _, icon, summary, body, _, hints, _ = words.unpack()
        told = {"app": app, "icon": icon, "summary": summary, "body": body, "hints": hints}
        print(json.dumps(told, default=str), flush=True)
        answer.return_value(GLib.Variant("(u)", (1,)))
        return
    value = settings.get(words.unpack())
    if value is None:
        answer.return_dbus_error("org.freedesktop.portal.Error.NotFound", "no such setting")
    else:
        # As portals do: a value in a value.
        answer.return_value(GLib.Variant("(v)", (GLib.Variant("v", value),)))


def change(word):
    scheme, animations = settings
    key, value = {
        "dark": (scheme, GLib.Variant("u", 1)),
        "light": (scheme, GLib.Variant("u", 2)),
        "still": (animations, GLib.Variant("b", False)),
    }[word]
    settings[key] = value
    bus.emit_signal(None, PORTAL, "org.freedesktop.portal.Settings", "SettingChanged", GLib.Variant("(ssv)", (*key, value)))


def follow():
    for line in sys.stdin:
        GLib.idle_add(change, line.strip())
    GLib.idle_add(loop.quit)


bus = Gio.bus_get_sync(Gio.BusType.SESSION)
for path, xml in (("/org/freedesktop/Notifications", NOTIFICATIONS), (PORTAL, SETTINGS)):
    bus.register_object(path, Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0], called, None, None)
for name in ("org.freedesktop.Notifications", "org.freedesktop.portal.Desktop"):
    Gio.bus_own_name_on_connection(bus, name, Gio.BusNameOwnerFlags.NONE, lambda *_: print("{}", flush=True), None)
loop = GLib.MainLoop()
threading.Thread(target=follow, daemon=True).start()
loop.run()
