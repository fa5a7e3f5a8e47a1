#!/usr/bin/env python3
"""Measures the contrast of every pair of colours in Theme.qml that carries text (4.5) or a shape (3.0)."""
import re, pathlib

source = pathlib.Path(__file__).with_name("qml").joinpath("Theme.qml").read_text()
themes = ({}, {})  # dark, light
for name, dark, light in re.findall(r'color (\w+): dark \? "(#\w+)" : "(#\w+)"', source):
    themes[0][name], themes[1][name] = dark, light
for name, both in re.findall(r'color (\w+): "(#\w{6})"', source):
    themes[0][name] = themes[1][name] = both

def luminance(color):
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b

def ratio(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)

grounds = ["ground", "surface", "raised", "hover", "pressed", "tint", "tintHover", "needsTint"]
pairs = [(ink, g, 4.5) for ink in ("ink", "muted") for g in grounds]
pairs += [("unready", g, 4.5) for g in ("ground", "surface", "raised")]
pairs += [("accentText", g, 4.5) for g in ("ground", "surface", "raised", "tint")]
pairs += [("accentInk", g, 4.5) for g in ("accent", "accentHover", "accentPressed")]
pairs += [("tipInk", "tip", 4.5), ("tipAccent", "tip", 4.5)]
pairs += [(s, g, 3.0) for s in ("fine", "needs", "working", "back", "away", "found", "focus", "control") for g in ("ground", "surface", "raised", "tint", "tintHover", "needsTint")]
pairs += [("working", "track", 3.0)]
bad = 0
for name, theme in (("light", themes[1]), ("dark", themes[0])):
    low = min(((ratio(theme[a], theme[b]) / need, a, b, need) for a, b, need in pairs))
    print(f"{name}: {len(pairs)} pairs, tightest {low[1]} on {low[2]} {low[0] * low[3]:.2f} (needs {low[3]})")
    for a, b, need in pairs:
        if ratio(theme[a], theme[b]) < need:
            bad += 1
            print(f"  {a} on {b}: {ratio(theme[a], theme[b]):.2f}, needs {need}")
raise SystemExit(bool(bad))
