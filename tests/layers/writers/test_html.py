"""The page: inert, self-contained, and (where Chromium is installed) seen to draw."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from layers.kinds import spec_of
from layers.model import Kind
from layers.release import build
from layers.writers import html
from tests.layers.release_samples import HOSTILE, NOW, layer, profile, seeded, site, workspace


class Page(HTMLParser):
    """The elements of a page, as a browser's parser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: list[tuple[str, dict[str, str | None], str]] = []
        self.visible: list[str] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = (tag, dict(attrs))

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open:
            self.bodies.append((*self._open, data))
        if not self._open or self._open[0] not in ("script", "style"):
            self.visible.append(data)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("page") / "overlay.html"
    html.WRITER.write(build(seeded(), profile("humanitarian"), now=NOW), target)
    return target


@pytest.fixture(scope="module")
def page(path) -> Page:
    return Page(path.read_text("utf-8"))


def test_hostile_text_adds_no_element_and_no_script(page, tmp_path):
    calm_path = tmp_path / "calm.html"
    features = [site(f"Site {n}", 36.2 + n / 50, 32.2) for n in range(8)]
    html.WRITER.write(
        build(workspace(layer(Kind.HUMANITARIAN_SITE, features)), profile("humanitarian"), now=NOW), calm_path
    )
    calm = Page(calm_path.read_text("utf-8"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in calm.tags]
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in attributes if name.startswith("on")]
    assert not attributes & {"src", "href", "srcset", "action", "style"}


def test_templates_are_not_evaluated(path):
    text = path.read_text("utf-8")
    assert "{{7*7}}" in text
    assert "{% for x in [] %}" in text
    assert "${7*7}" in text


def test_the_data_block_cannot_end_early_or_be_read_as_markup(page, path):
    (block,) = [text for tag, attrs, text in page.bodies if attrs.get("id") == "release-data"]
    assert not set("<>&\u2028\u2029") & set(block)
    names = [row[1] for item in json.loads(block)["layers"] for row in item["rows"]]
    assert HOSTILE[1] in names
    assert path.read_text("utf-8").count("release-data") == 2  # the block and the script that reads it


def test_the_policy_names_every_script_and_style_by_its_hash_and_allows_no_connection(page):
    (policy,) = [a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        bodies = [text for name, attrs, text in page.bodies if name == tag and "type" not in attrs]
        hashes = {
            f"'sha256-{base64.b64encode(hashlib.sha256(b.encode()).digest()).decode()}'" for b in bodies
        }
        assert hashes == set(rules[rule].split())
    assert (
        page.tags[[t for t, _ in page.tags].index("head") + 1][1]["http-equiv"] == "Content-Security-Policy"
    )


def test_it_refers_to_no_address_but_licence_notes_and_namespaces(path):
    text = path.read_text("utf-8")
    addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.[a-z]{2,}[^\s\"'<)\\]*", text))
    known = (
        "http://www.w3.org/",
        "https://leafletjs.com",
        "http://leafletjs.com",
        "https://bugzilla.mozilla.org",
    )
    assert not [a for a in addresses if not a.startswith(known)]
    assert "url(" not in "".join(re.findall(r"<style>.*?</style>", text, re.DOTALL))


def test_what_a_reader_must_know_is_there_without_scripts(page):
    said = "\n".join(page.visible)
    wanted = profile("humanitarian")
    for text in (wanted.marking, *wanted.caveats, wanted.contact, "EX-2026-001-HUMANITARIAN", "EXERCISE"):
        assert text in said
    assert "2026-11-23 02:30 UTC" in said
    assert "2026-11-26 02:30 UTC" in said
    assert sum(1 for _, attrs in page.tags if (attrs.get("class") or "").startswith("banner")) == 2


def test_five_thousand_features_stay_a_small_file(tmp_path):
    features = [site(f"Site {n}", 36 + n % 70 / 100, 32 + n // 70 / 100) for n in range(5000)]
    target = tmp_path / "big.html"
    html.WRITER.write(
        build(workspace(layer(Kind.HUMANITARIAN_SITE, features)), profile("humanitarian"), now=NOW), target
    )
    assert target.stat().st_size < 3_000_000


# ---------------------------------------------------------------- in a browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=4000",
    "--window-size=1366,768",
)


def browse(path: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *more, path.as_uri()]
    environment = {**os.environ, "HOME": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)


@pytest.mark.chromium
def test_a_browser_without_a_network_draws_the_features_and_runs_nothing_else(path, tmp_path):
    if CHROMIUM is None:
        # The static tests above cover the page; what only a browser can show is not claimed here.
        assert "data-drawn" in path.read_text("utf-8")
        return
    log = tmp_path / "net.json"
    seen = browse(path, tmp_path, "--dump-dom", f"--log-net-log={log}", "--enable-logging=stderr", "--v=0")
    dom = seen.stdout
    count = sum(len(item) for item in build(seeded(), profile("humanitarian"), now=NOW).layers)
    assert f'data-drawn="{count}"' in dom
    assert "data-hacked" not in re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL)
    assert "<title>Deconfliction overlay" in dom
    assert "CONSOLE" not in seen.stderr, seen.stderr
    legend = dom[dom.index('id="legend"') : dom.index("Read this first")]
    for title in ("Avoid areas", "Hazards", spec_of(Kind.HUMANITARIAN_SITE).title_plural):
        assert title in legend
    assert requests_in(log) == set()


@pytest.mark.chromium
def test_the_check_for_requests_would_see_one(tmp_path):
    if CHROMIUM is None:
        return
    asking = tmp_path / "asking.html"
    asking.write_text('<img src="http://probe.invalid/x.png">', "utf-8")
    log = tmp_path / "net.json"
    browse(asking, tmp_path, "--dump-dom", f"--log-net-log={log}")
    assert requests_in(log) == {"http://probe.invalid/x.png"}


def requests_in(log: Path) -> set[str]:
    """Return the addresses that were asked for, but for the browser's own updates and clock."""
    asked = set(re.findall(r'"url":"((?:https?|wss?):[^"]+)"', log.read_text("utf-8", "replace")))
    return {url for url in asked if not re.match(r"https?://[\w.-]*(google|googleapis|gvt1)\.com/", url)}


@pytest.mark.chromium
def test_the_picture_shows_the_map_and_not_an_empty_page(path, tmp_path):
    if CHROMIUM is None:
        assert "Leaflet" in path.read_text("utf-8")
        return
    shot = tmp_path / "shot.png"
    browse(path, tmp_path, f"--screenshot={shot}")
    colours = colours_of(shot)
    for rgb in ((0x0F, 0x5E, 0xA8), (0xF7, 0xF5, 0xEF), (0x1F, 0x3B, 0x57)):  # site, land, banner
        assert any(max(abs(a - b) for a, b in zip(rgb, seen, strict=True)) < 6 for seen in colours), rgb


def colours_of(picture: Path) -> set[tuple[int, int, int]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QImage

    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1366, 768)
    pixels = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    return {((p >> 16) & 255, (p >> 8) & 255, p & 255) for p in pixels}
