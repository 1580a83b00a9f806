"""Make `resources/icons/*.svg`, the pictures of buttons and menus, from Lucide (ISC) and one drawn here.

Run `python -m resources.build.make_icons` from the repository root.
"""

import re

from resources.build.archives import RESOURCES, member

LUCIDE = {
    "add": "plus",
    "add-circle": "circle-dot",
    "add-line": "spline",
    "add-point": "map-pin-plus",
    "add-polygon": "pentagon",
    "check": "list-checks",
    "chevron-down": "chevron-down",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "chevron-up": "chevron-up",
    "clock": "clock",
    "close": "x",
    "conflict": "octagon-alert",
    "copy": "copy",
    "decide": "scale",
    "delete": "trash-2",
    "edit": "square-pen",
    "export": "upload",
    "filter": "funnel",
    "help": "circle-question-mark",
    "hidden": "eye-off",
    "import": "download",
    "info": "info",
    "layers": "layers",
    "lock": "lock",
    "map": "map",
    "measure": "ruler-dimension-line",
    "moon": "moon",
    "move": "move",
    "new": "file-plus",
    "ok": "circle-check",
    "open": "folder-open",
    "pan": "hand",
    "print": "printer",
    "redo": "redo-2",
    "release": "send",
    "reshape": "vector-square",
    "rules": "ruler",
    "save": "save",
    "search": "search",
    "select": "mouse-pointer-2",
    "settings": "settings",
    "sun": "sun",
    "table": "table",
    "theme": "sun-moon",
    "undo": "undo-2",
    "unknown": "circle-dashed",
    "unlock": "lock-open",
    "visible": "eye",
    "warning": "triangle-alert",
    "zoom-all": "globe",
    "zoom-in": "zoom-in",
    "zoom-layer": "scan",
    "zoom-out": "zoom-out",
}

# Two areas held apart by a clear gap; violet and amber are the colours of no-strike areas and zones.
APPLICATION = """<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
<rect x="2" y="2" width="60" height="60" rx="13" fill="#17324d"/>
<path d="M30 12.5v39c-1.5.3-3 .5-4.5.5A19.5 19.5 0 0 1 25.5 12c1.5 0 3 .2 4.5.5z" fill="#b388eb"/>
<path d="M34 51.5v-39c1.5-.3 3-.5 4.5-.5a19.5 19.5 0 0 1 0 40c-1.5 0-3-.2-4.5-.5z" fill="#f0a63a"/>
<path d="M13.5 32.5 20 26l6.5 6.5V41h-4.6v-5h-3.8v5h-4.6z" fill="#17324d"/>
<path d="M37.5 24.5l9-9M37.5 34.5 54 18M37.5 44.5 57 25M40.5 51.5 57.5 34.5"
 stroke="#17324d" stroke-width="2.5" opacity=".75"/>
</svg>
"""


def main() -> None:
    """Write every icon."""
    folder = RESOURCES / "icons"
    folder.mkdir(exist_ok=True)
    for name, lucide in LUCIDE.items():
        svg = member("lucide-static", f"icons/{lucide}.svg").decode()
        svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
        svg = re.sub(r'\s*class="[^"]*"', "", svg)
        svg = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg)).strip()
        (folder / f"{name}.svg").write_text(svg + "\n", encoding="utf-8", newline="\n")
    (folder / "deconflict.svg").write_text(APPLICATION, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
