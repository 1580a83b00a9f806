"""Symbols and icons: one for each that is named, tintable, inert."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from layers.kinds import KINDS
from resources.build.make_icons import LUCIDE

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
NAMED = {spec.symbol for spec in KINDS} | {code.symbol for spec in KINDS for code in spec.categories}
SYMBOLS = sorted((RESOURCES / "symbols").glob("*.svg"))
ICONS = sorted((RESOURCES / "icons").glob("*.svg"))


def test_every_symbol_that_a_kind_names_is_shipped_and_no_other() -> None:
    assert {path.stem for path in SYMBOLS} == NAMED - {""}


def test_every_icon_of_the_list_is_shipped_and_no_other() -> None:
    assert {path.stem for path in ICONS} == {*LUCIDE, "deconflict"}


@pytest.mark.parametrize("path", [*SYMBOLS, *ICONS], ids=lambda path: path.stem)
def test_pictures_hold_shapes_only_and_take_the_colour_they_are_given(path: Path) -> None:
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "g", "path", "circle", "ellipse", "rect", "polygon", "polyline", "line"}
    if path.stem == "deconflict":
        return
    assert root.attrib["viewBox"] == "0 0 24 24"
    colours = {node.get(name) for node in root.iter() for name in ("fill", "stroke")} - {None}
    assert colours <= {"currentColor", "none"}
    assert not re.search(r"style=|class=|href", path.read_text(encoding="utf-8"))
