"""Qt can draw every shipped picture and every script that the bundled fonts are there for."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QImage, QPainter, QRawFont
from PySide6.QtSvg import QSvgRenderer

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
PICTURES = sorted([*(RESOURCES / "symbols").glob("*.svg"), *(RESOURCES / "icons").glob("*.svg")])


def _ink(path: Path, size: int) -> np.ndarray:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(0, 0, 0, 0))
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    with QPainter(image) as painter:
        renderer.render(painter, QRectF(0, 0, size, size))
    return np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4)[:, :, 3].copy()


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_picture_draws_something_well_inside_its_box(qapp, path: Path) -> None:
    alpha = _ink(path, 48)
    assert (alpha > 128).mean() > 0.03, "hardly anything is drawn"
    rows, columns = np.nonzero(alpha)
    assert max(np.ptp(rows), np.ptp(columns)) > 18, "it does not fill its box"


def test_no_two_symbols_look_alike(qapp) -> None:
    pictures = {path.stem: _ink(path, 24) > 100 for path in sorted((RESOURCES / "symbols").glob("*.svg"))}
    names = list(pictures)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert (pictures[a] ^ pictures[b]).mean() > 0.03, f"{a} looks like {b}"


SCRIPTS = {
    "NotoSans-Regular": "Hospital Больница Νοσοκομείο",
    "NotoSans-Bold": "Hospital Больница Νοσοκομείο",
    "NotoSansArabic-Regular": "مستشفى الرحمة ٣",
    "NotoSansArabic-Bold": "مستشفى الرحمة ٣",
    "NotoSansArmenian-Regular": "Հիվանդանոց",
    "NotoSansBengali-Regular": "হাসপাতাল",
    "NotoSansDevanagari-Regular": "अस्पताल",
    "NotoSansEthiopic-Regular": "ሆስፒታል",
    "NotoSansGeorgian-Regular": "საავადმყოფო",
    "NotoSansHebrew-Regular": "בית חולים",
    "NotoSansMyanmar-Regular": "ဆေးရုံ",
    "NotoSansThai-Regular": "โรงพยาบาล",
}


def test_every_font_has_a_script_it_is_there_for() -> None:
    assert {path.stem for path in (RESOURCES / "fonts").glob("*.ttf")} == set(SCRIPTS)


@pytest.mark.parametrize("face", sorted(SCRIPTS))
def test_a_bundled_font_holds_and_draws_its_script(qapp, face: str) -> None:
    path = RESOURCES / "fonts" / f"{face}.ttf"
    raw = QRawFont(str(path), 16)
    assert all(raw.supportsCharacter(ord(letter)) for letter in SCRIPTS[face] if not letter.isspace())
    number = QFontDatabase.addApplicationFont(str(path))
    assert number >= 0
    font = QFont(QFontDatabase.applicationFontFamilies(number), 16)
    image = QImage(320, 60, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    with QPainter(image) as painter:
        painter.setFont(font)
        painter.drawText(10, 40, SCRIPTS[face])
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(60, 320, 4)
    dark = np.nonzero((pixels[:, :, 0] < 128).any(axis=0))[0]
    width = QFontMetricsF(font).horizontalAdvance(SCRIPTS[face])
    assert np.ptp(dark) > 0.6 * min(width, 300)
