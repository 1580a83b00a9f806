"""Web page: one file that works with no network, for people without a GIS.

folium builds the frame from constants only, because it compiles whatever it renders as a template (shared
FACTS): no text of a workspace ever passes through folium, branca or Jinja. The release goes in beside the
frame as one inert JSON block, drawn by `resources/web/page.js` into text nodes and canvas strokes, under a
content security policy that lets nothing run but the scripts named by their hashes and nothing be fetched.
"""

import base64
import hashlib
import html
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers.release_reading import layers_of, texts_in
from layers.released import (
    ReadBack,
    Release,
    ReleasedLayer,
    geometry_json,
    plain,
    require_release,
    vertices_of,
)
from resources import resource

_MAP = "map_deconflict"
_DATA_ID = "release-data"


class HtmlWriter:
    """Writes and reads back the single-file web page."""

    id = "html"
    title = "Web page"
    extension = ".html"

    def constants(self) -> tuple[str, ...]:
        """Return the scripts and styles of the page, as they stand in it."""
        scripts = (_script("leaflet", "leaflet.js"), _script("labels.js"), _script("page.js"))
        return (*scripts, _leaflet_css(), _web("page.css"))

    def write(self, release: Release, path: Path) -> None:
        """Write the page; text goes in by concatenation after folium has rendered its constants."""
        release = require_release(release)
        before_head_end, before_map, after_map, end = _frame()
        shell = before_head_end + before_map + after_map + end
        title = f"<title>{html.escape(f'{release.title} {release.number}')}</title>\n"
        page = "".join(
            [
                before_head_end.replace("<head>", f"<head>\n{_policy(shell)}\n{title}", 1),
                before_map,
                _top(release),
                after_map,
                _panel(release),
                _data_block(release),
                end,
            ]
        )
        path.write_bytes(page.encode("utf-8"))

    def read_back(self, path: Path) -> ReadBack:
        """Parse the page as a browser does: its visible text, and everything in the data block."""
        reader = _PageReader()
        reader.feed(path.read_text("utf-8"))
        data = json.loads("".join(reader.data))
        names, fields, geometries = [], [], []
        for layer in data["layers"]:
            columns = [column["name"] for column in layer["columns"]]
            names += [layer["title"]] * len(layer["rows"])
            fields += [columns] * len(layer["rows"])
            geometries += [shapely.from_geojson(json.dumps(item)) for item in layer["geometry"]]
        texts = (*reader.texts, *texts_in(data))
        return ReadBack(layers_of(names, fields), texts, vertices_of(geometries))


class _PageReader(HTMLParser):
    """Collects the data block, and every other text and attribute of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.data: list[str] = []
        self.texts: list[str] = []
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for _, value in attrs if value]
        self._in_data = tag == "script" and ("id", _DATA_ID) in attrs

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        (self.data if self._in_data else self.texts).append(data)

    def handle_comment(self, data: str) -> None:
        self.texts.append(data)


# ---------------------------------------------------------------- the frame: constants only


@cache
def _frame() -> tuple[str, str, str, str]:
    """Return folium's page in four pieces: the head, its end, the map, and the rest from the body's end."""
    import folium

    class OfflineMap(folium.Map):
        """A map that refers to nothing outside the file; scripts and styles are put in afterwards."""

        default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own class attribute
        default_css: list[tuple[str, str]] = []  # noqa: RUF012

        def get_name(self) -> str:
            return _MAP

    frame = OfflineMap(
        location=[0, 0],
        zoom_start=2,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        max_zoom=18,
        zoom_snap=0.25,
    )
    text = frame.get_root().render()
    pieces = re.fullmatch(r"(.*)(</head>\s*<body>)(.*)(</body>.*)</html>\s*", text, re.DOTALL)
    if pieces is None or re.search(r"\b(src|href)\s*=", text):
        raise RuntimeError("folium's page is not what this program was written for; pin the version")
    head = f"{pieces[1]}<style>{_leaflet_css()}</style>\n<style>{_web('page.css')}</style>\n"
    head += f"<script>{_script('leaflet', 'leaflet.js')}</script>\n"
    # folium makes the map in a script behind the body, so what draws on it comes after that.
    scripts = f"<script>{_script('labels.js')}</script>\n<script>{_script('page.js')}</script>\n"
    return head, pieces[2], pieces[3], f"{pieces[4]}{scripts}</html>\n"


def _web(*name: str) -> str:
    return resource("web", *name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _script(*name: str) -> str:
    text = re.sub(r"//# sourceMappingURL=.*", "", _web(*name))
    return re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE)


def _leaflet_css() -> str:
    """Return Leaflet's style without its pictures, which this page does not use and must not look for."""
    return re.sub(r"url\([^)]*\)", "none", _web("leaflet", "leaflet.css"))


def _policy(shell: str) -> str:
    """Return the policy for the scripts and styles of the shell, which holds no text of the release."""
    scripts = " ".join(_hash(text) for text in re.findall(r"<script>(.*?)</script>", shell, re.DOTALL))
    styles = " ".join(_hash(text) for text in re.findall(r"<style>(.*?)</style>", shell, re.DOTALL))
    rules = (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}" />'


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


# ---------------------------------------------------------------- readable without scripts


def _banner(release: Release, place: str) -> str:
    mode = f'<span class="mode">{html.escape(release.mode_words)}</span>' if release.mode_words else ""
    return f'<div class="banner {place}" role="note">{mode}{html.escape(release.marking)}</div>\n'


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC"


def _top(release: Release) -> str:
    information = release.information()
    facts = [
        ("As of", _moment(information["as_of"])),
        ("Valid until", _moment(information["valid_until"])),
        ("Number", release.number),
        ("Replaces", release.supersedes),
    ]
    items = "".join(
        f"<div><dt>{label}</dt><dd>{html.escape(value)}</dd></div>" for label, value in facts if value
    )
    return (
        f'\n{_banner(release, "top")}<header><h1 dir="auto">{html.escape(release.title)}</h1><dl>{items}</dl>'
        '<strong id="outdated" hidden>No longer valid: ask the issuer for the current one</strong></header>\n'
    )


def _panel(release: Release) -> str:
    caveats = "".join(f'<li dir="auto">{html.escape(text)}</li>' for text in release.caveats)
    sources = "".join(f'<li dir="auto">{html.escape(text)}</li>' for text in release.sources)
    return (
        '<aside><h2 id="search-title">Find in this overlay</h2>'
        '<input id="search" type="search" placeholder="Name, category, organisation" dir="auto" '
        'aria-labelledby="search-title" autocomplete="off" /><ul id="found"></ul>'
        '<h2>Shown on the map</h2><ul id="legend"></ul>'
        "<noscript><p>The map needs scripts, which this viewer does not run. Open the file in a browser.</p>"
        f'</noscript><h2>Read this first</h2><ul id="caveats">{caveats}</ul>'
        f'<h2>Contact</h2><p dir="auto">{html.escape(release.contact)}</p>'
        f'<h2>For</h2><p dir="auto">{html.escape(release.audience)}</p>'
        f"<h2>Sources</h2><ul>{sources}</ul></aside>\n{_banner(release, 'bottom')}"
    )


# ---------------------------------------------------------------- the data block


def _data_block(release: Release) -> str:
    used = sorted({symbol for layer in release.layers for symbol in layer.symbols if symbol})
    data = {
        "extent": release.extent,
        "valid_until": release.information()["valid_until"],
        "background": {
            "frame": release.background.frame,
            "view": release.background.view,
            "land": [_rings(polygon) for polygon in release.background.land],
            "places": [[name, round(lon, 5), round(lat, 5)] for name, lon, lat in release.background.places],
            "credit": release.background.credit,
        },
        "symbols": {name: _symbol(name) for name in used},
        "layers": [_layer(layer) for layer in release.layers],
    }
    return f'<script type="application/json" id="{_DATA_ID}">{inert_json(data)}</script>\n'


def inert_json(value: Any) -> str:
    r"""Return JSON that HTML reads as text whatever it says: `<`, `>`, `&`, U+2028, U+2029 as \u escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _symbol(name: str) -> str:
    try:
        return resource("symbols", f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _rings(polygon: Any) -> list[list[list[float]]]:
    rings = [polygon.exterior, *polygon.interiors]
    return [np.round(shapely.get_coordinates(ring), 4).tolist() for ring in rings]


def _layer(layer: ReleasedLayer) -> dict[str, Any]:
    return {
        "title": layer.title,
        "help": layer.help,
        "style": {
            "stroke": layer.style.stroke,
            "fill": layer.style.fill,
            "hatch": layer.style.hatch,
            "dash": layer.style.dash,
        },
        "columns": [{"name": c.name, "label": c.label, "type": c.type} for c in layer.columns],
        "rows": [[plain(column.values[i]) for column in layer.columns] for i in range(len(layer))],
        "geometry": [geometry_json(geometry) for geometry in layer.geometry],
        "symbols": list(layer.symbols),
    }


WRITER = HtmlWriter()
