"""Make `resources/symbols/*.svg`: one shape in a 24 x 24 box for every symbol that a kind names.

Run `python -m resources.build.make_symbols` from the repository root; milsymbol needs Node.js.

Every picture is drawn with `currentColor` only, so the canvas can tint it. The emblems of the Geneva and
Hague Conventions (cross, crescent, crystal, blue shield) and plain crosses that could be taken for one
are not used: they are protected signs, not map decoration.
"""

import json
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from resources.build.archives import RESOURCES, fetch, member

OCHA = "wagtail-humanitarian-icons"
MAKI = "@mapbox/maki"
TEMAKI = "@ideditor/temaki"
FOLDERS = {
    OCHA: "wagtailhumanitarianicons/templates/wagtailhumanitarianicons/icons",
    MAKI: "icons",
    TEMAKI: "icons",
}

TAKEN = {
    "arrangement": (OCHA, "partnership"),
    "assembly": (OCHA, "assembly-point"),
    "assessment": (OCHA, "needs-assessment"),
    "camp": (OCHA, "idp-refugee-camp"),
    "community": (OCHA, "community-building"),
    "convoy": (OCHA, "humanitarian-access"),
    "cultural": (MAKI, "museum"),
    "distribution": (OCHA, "distribution-site"),
    "flight": (OCHA, "helicopter"),
    "hazard": (OCHA, "alert"),
    "hazard-contamination": (OCHA, "technological-disaster"),
    "hazard-flood": (OCHA, "flood"),
    "hazard-mines": (OCHA, "mine"),
    "hazard-road": (OCHA, "road-destroyed"),
    "health-facility": (MAKI, "doctor"),
    "hospital": (OCHA, "hospital"),
    "liaison": (OCHA, "meeting"),
    "market": (OCHA, "market"),
    "mission": (TEMAKI, "binoculars"),
    "no-strike": (OCHA, "safety-and-security"),
    "office": (OCHA, "building"),
    "project": (TEMAKI, "tools"),
    "project-cimic": (OCHA, "civil-military-coordination"),
    "project-education": (OCHA, "education"),
    "project-health": (OCHA, "health"),
    "project-water": (TEMAKI, "water_tap_drinkable"),
    "reference": (OCHA, "location"),
    "residence": (MAKI, "lodging"),
    "school": (OCHA, "school"),
    "site": (OCHA, "house"),
    "vehicle": (OCHA, "car"),
    "warehouse": (MAKI, "warehouse"),
    "water": (OCHA, "water-source"),
    "worship": (MAKI, "place-of-worship"),
    "zone-checkpoint": (TEMAKI, "military_checkpoint"),
}

MILITARY = {
    "zone-operation": "10031000001211000000",
    "zone-firing": "10031000001303000000",
    "zone-installation": "10032000000000000000",
    "zone-airspace": "10030100001101000000",
}
"""APP-6D identification codes; frame and icon only, no affiliation colour."""

_FRAME = '<path d="M2 5h20v14H2z" fill="none" stroke="currentColor" stroke-width="1.8"/>'
DRAWN = {
    # A box ambulance with a light bar and a heart; the usual cross is a protected emblem.
    "ambulance": '<path fill-rule="evenodd"'
    ' d="M1 6.5A1.5 1.5 0 0 1 2.5 5h3V3.6a.6.6 0 0 1 .6-.6h3.3a.6.6 0 0 1'
    " .6.6V5h4A1.5 1.5 0 0 1 15.5 6.5V8h3.2a2 2 0 0 1 1.7 1l2.3 3.7a2 2 0 0 1 .3 1.1V17a1 1 0 0 1-1"
    " 1h-1.1a3 3 0 0 1-5.8 0H8.9a3 3 0 0 1-5.8 0H2a1 1 0 0 1-1-1zM8.2 14.2l3.3-3.3a2 2 0 0 0-2.9"
    '-2.8l-.4.4-.4-.4a2 2 0 0 0-2.9 2.8zM17 10v3h3.5l-1.7-2.7a.6.6 0 0 0-.5-.3z"/>'
    '<circle cx="6" cy="17.3" r="1.9"/><circle cx="18" cy="17.3" r="1.9"/>',
    # A shell stuck in the ground: fins, body, soil.
    "hazard-uxo": '<g transform="rotate(24 12 12)"><path d="M8.5 2l3.5 2 3.5-2v5h-7z"/>'
    '<path d="M8.5 8.5h7c1.3 2.3 1.3 5.5 0 8H8.5c-1.3-2.5-1.3-5.7 0-8z"/></g>'
    '<path d="M1.5 18.2c1.8-1.5 3.7-1.5 5.2 0 1.7 1.5 3.6 1.5 5.3 0 1.7-1.5 3.6-1.5 5.3 0 1.5 1.5 3.4 1.5'
    ' 5.2 0V21a1 1 0 0 1-1 1h-19a1 1 0 0 1-1-1z"/>',
    "zone-training": f'{_FRAME}<path d="M7.5 7.8h9v2.4h-3.2v6.5h-2.6v-6.5H7.5z"/>',
    "zone-restricted": f'{_FRAME}<circle cx="12" cy="12" r="4.3" fill="none" stroke="currentColor"'
    ' stroke-width="1.8"/><path d="M9 9l6 6" stroke="currentColor" stroke-width="1.8"/>',
}

_SHAPES = {"path", "circle", "ellipse", "rect", "polygon", "polyline", "line"}
_GEOMETRY = (
    "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "points",
    "transform", "fill-rule", "stroke-width", "stroke-linecap", "stroke-linejoin",
)  # fmt: skip


def wrap(body: str) -> str:
    """Return a complete symbol file around shapes that are already in the 24 x 24 box."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"'
        f' fill="currentColor">{body}</svg>\n'
    )


def fitted(svg: str, box: float) -> str:
    """Return the shapes of `svg`, without its styling, fitted into a centred square `box` wide."""
    root = ET.fromstring(svg)
    left, top, width, height = (float(v) for v in root.attrib["viewBox"].replace(",", " ").split())
    scale = box / max(width, height)
    x = 12 - scale * (left + width / 2)
    y = 12 - scale * (top + height / 2)
    shapes = "".join(_shape(node) for node in root.iter())
    return f'<g transform="translate({x:.4g} {y:.4g}) scale({scale:.4g})">{shapes}</g>'


def _shape(node: ET.Element) -> str:
    tag = node.tag.rpartition("}")[2]
    if tag not in _SHAPES or (node.get("fill") == "none" and node.get("stroke") in (None, "none")):
        return ""
    kept = {name: " ".join(node.attrib[name].split()) for name in _GEOMETRY if name in node.attrib}
    if node.get("stroke") not in (None, "none"):
        kept |= {"stroke": "currentColor", "fill": "none" if node.get("fill") == "none" else "currentColor"}
    else:
        kept.pop("stroke-width", None)
    attributes = " ".join(f'{name}="{value}"' for name, value in kept.items())
    return f"<{tag} {attributes}/>"


def military(codes: dict[str, str]) -> dict[str, str]:
    """Draw APP-6 symbols with milsymbol: name to SVG text."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fetch("milsymbol")) as tar:
            tar.extractall(folder, filter="data")
        script = (
            f"const ms = require({json.dumps(str(Path(folder, 'package')))});"
            "const out = {}; for (const [name, code] of Object.entries(JSON.parse(process.argv[1])))"
            " out[name] = new ms.Symbol(code, {monoColor: 'black', fill: false, strokeWidth: 11}).asSVG();"
            "console.log(JSON.stringify(out));"
        )
        run = subprocess.run(
            ["node", "-e", script, json.dumps(codes)], check=True, capture_output=True, text=True
        )
    drawn: dict[str, str] = json.loads(run.stdout)
    # milsymbol keeps the strokes of an icon thin; at 24 pixels they would vanish beside the frame.
    thin = 'stroke-width="3" stroke="black"'
    return {name: svg.replace(thin, 'stroke-width="8" stroke="black"') for name, svg in drawn.items()}


def main() -> None:
    """Write every symbol."""
    bodies = dict(DRAWN)
    for name, (package, icon) in TAKEN.items():
        svg = member(package, f"{FOLDERS[package]}/{icon}.svg").decode()
        bodies[name] = fitted(svg, 20 if package == OCHA else 23)
    bodies |= {name: fitted(svg, 24) for name, svg in military(MILITARY).items()}
    folder = RESOURCES / "symbols"
    folder.mkdir(exist_ok=True)
    for name, body in bodies.items():
        (folder / f"{name}.svg").write_text(wrap(body), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
