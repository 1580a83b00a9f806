import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QListWidget

from desktop import theme
from desktop.actions import ACTIONS
from desktop.notices import plain_label
from desktop.settings import ThemeChoice


@pytest.fixture
def app(qapp):
    yield qapp
    theme.apply_theme(qapp, ThemeChoice.LIGHT)


def luminance(colour):
    parts = [c / 255 for c in (colour.red(), colour.green(), colour.blue())]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of WCAG 2.1."""
    high, low = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_light_and_dark_change_the_whole_program(app):
    theme.apply_theme(app, ThemeChoice.DARK)
    assert theme.is_dark()
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(theme.DARK.window)
    theme.apply_theme(app, ThemeChoice.LIGHT)
    assert not theme.is_dark()
    assert app.palette().color(QPalette.ColorRole.Text) == QColor(theme.LIGHT.text)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground_it_stands_on(scheme):
    pairs = [
        (scheme.text, scheme.window),
        (scheme.text, scheme.base),
        (scheme.text, scheme.alternate),
        (scheme.text, scheme.raised),
        (scheme.muted, scheme.window),
        (scheme.muted, scheme.raised),
        (scheme.on_accent, scheme.accent),
        (scheme.good, scheme.raised),
        (scheme.bad, scheme.raised),
        (scheme.attention, scheme.attention_back),
        (scheme.text, scheme.attention_back),
        (scheme.text, scheme.bad_back),
        (scheme.text, scheme.info_back),
        ("#ffffff", scheme.real),
        ("#ffffff", scheme.exercise),
        ("#ffffff", scheme.test),
    ]
    poor = {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5}
    assert poor == {}


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_edges_of_things_to_fill_in_can_be_seen(scheme):
    assert contrast(scheme.outline, scheme.base) >= 3.0
    assert contrast(scheme.outline, scheme.window) >= 2.9


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_the_box_of_an_empty_tick_box_is_drawn_in_that_colour(app, qtbot, choice):
    theme.apply_theme(app, choice)
    box = QCheckBox("Until further notice")
    qtbot.addWidget(box)
    box.show()
    picture = box.grab().toImage()
    middle = picture.height() // 2
    ground = theme.colours().window
    best = max(contrast(picture.pixelColor(x, middle), ground) for x in range(6))
    assert best >= 2.5


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_the_empty_tick_box_of_a_list_can_be_seen(app, qtbot, choice):
    theme.apply_theme(app, choice)
    files = QListWidget()
    qtbot.addWidget(files)
    files.addItem("sites.csv")
    files.item(0).setCheckState(Qt.CheckState.Unchecked)
    files.show()
    place = files.visualItemRect(files.item(0))
    picture = files.viewport().grab().toImage()
    ground = theme.colours().base
    best = max(contrast(picture.pixelColor(x, place.center().y()), ground) for x in range(2, 8))
    assert best >= 2.5


def test_icons_take_the_colour_of_the_theme(app):
    theme.apply_theme(app, ThemeChoice.DARK)
    dark = theme.icon("undo").pixmap(24, 24).toImage()
    theme.apply_theme(app, ThemeChoice.LIGHT)
    light = theme.icon("undo").pixmap(24, 24).toImage()
    drawn = [(x, y) for x in range(24) for y in range(24) if light.pixelColor(x, y).alpha() > 200]
    assert drawn
    assert all(light.pixelColor(x, y).lightness() < 100 for x, y in drawn)
    assert all(dark.pixelColor(x, y).lightness() > 150 for x, y in drawn)


def test_every_action_with_an_icon_has_its_picture(app):
    missing = [entry.icon for entry in ACTIONS if entry.icon and theme.icon(entry.icon).isNull()]
    assert missing == []


def test_an_icon_that_is_not_shipped_is_empty_and_no_error(app):
    assert theme.icon("no such icon").isNull()


def test_shipped_fonts_show_arabic_and_cyrillic(app):
    from PySide6.QtGui import QFontDatabase

    theme.load_fonts(app)
    systems = QFontDatabase.WritingSystem
    for system in (systems.Arabic, systems.Cyrillic, systems.Latin):
        assert QFontDatabase.families(system), system


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("name", ["muted", "heading", "problem"])
def test_a_disabled_label_looks_disabled_whatever_its_role(qtbot, choice, name):
    theme.apply_theme(QApplication.instance(), choice)
    pictures = []
    for enabled in (True, False):
        label = plain_label("Until further notice", name=name)
        qtbot.addWidget(label)
        label.setEnabled(enabled)
        label.show()
        pictures.append(label.grab().toImage())
    assert pictures[0] != pictures[1]
