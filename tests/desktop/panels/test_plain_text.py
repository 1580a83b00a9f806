"""Partner text on the screen is data: no markup, no direction overrides."""

from PySide6.QtCore import Qt

from desktop.panels.plain_text import ElidedLabel, PlainLabel, clean, isolated, one_line, tooltip


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


def test_a_line_without_room_is_shortened_and_whole_in_its_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    words = "17,447 of 17,447 shown, 16,404 new, still looking for the words"
    label.setText(words)
    assert label.words() == words and words in label.toolTip()
    assert label.minimumSizeHint().width() < label.sizeHint().width() / 2
    label.resize(label.sizeHint())
    whole = label.grab().toImage()
    label.resize(label.minimumSizeHint())
    assert label.grab().toImage() != whole.copy(label.rect())  # dots where the line is cut
