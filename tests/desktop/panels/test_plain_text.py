"""Partner text on the screen is data: no markup, no direction overrides."""

from PySide6.QtCore import Qt

from desktop.panels.plain_text import PlainLabel, clean, isolated, one_line, tooltip


def test_direction_overrides_and_controls_are_dropped_and_joiners_kept():
    assert clean("cli\u202enic\u2066 A\x00\x07") == "clinic A"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_a_name_becomes_one_line_and_does_not_turn_its_surroundings():
    assert one_line(" a\n\n b\t c ") == "a b c"
    assert isolated("مستشفى") == "\u2068مستشفى\u2069"


def test_a_tooltip_cannot_carry_markup():
    assert "<img" not in tooltip("<img src=x>")
    assert "&lt;img src=x&gt;" in tooltip("<img src=x>")
    assert tooltip("") == ""


def test_a_label_shows_markup_as_letters_and_reads_left_to_right(qtbot):
    label = PlainLabel("<b>مستشفى</b>\nsecond")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.words() == "<b>مستشفى</b>\nsecond"
    assert all(line.startswith("\u200e") for line in label.text().split("\n"))
