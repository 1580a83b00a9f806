"""Limits by category: what is set, what is inherited, who stands for it, and the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QLineEdit

from desktop import theme
from desktop.dialogs.rulebook_draft import RulesDraft
from desktop.dialogs.rulebook_matrix import MatrixPage
from desktop.dialogs.rulebook_matrix_model import WAITS_ROLE, limit_tables, read_amount
from layers import rulebook
from layers.model import Mode, new_workspace
from layers.rules import RULES, rule_of
from tests.desktop.panels.builders import NOW, STANDOFF

RULE = rule_of(STANDOFF)
STANDOFF_M = RULE.parameters[0]


@pytest.fixture
def draft():
    return RulesDraft(new_workspace("Olive", Mode.TEST, NOW))


@pytest.fixture
def page(qtbot, draft):
    made = MatrixPage(draft)
    qtbot.addWidget(made)
    made.show_table(RULE, STANDOFF_M)
    made.show()
    return made


def cell(page, row, column):
    return page.model.index(page.model.rows.index(row), page.model.columns.index(column))


def text(page, row, column):
    return page.model.data(cell(page, row, column))


def colour(page, row, column):
    return page.model.data(cell(page, row, column), Qt.ItemDataRole.ForegroundRole)


def select(page, *pairs):
    page.view.clearSelection()
    page.view.setCurrentIndex(cell(page, *pairs[0]))
    for pair in pairs:
        index = cell(page, *pair)
        page.view.selectionModel().select(index, page.view.selectionModel().SelectionFlag.Select)


def set_limits(draft):
    return {name: value for name, value in draft.values(RULE).items() if "." in name}


def test_every_parameter_with_a_table_can_be_chosen(page):
    wanted = [(r.id, p.name) for r in RULES for p in r.parameters if p.by_categories]
    assert [(t.rule.id, t.parameter.name) for t in limit_tables()] == wanted
    assert page.choice.count() == len(wanted)
    for number in range(page.choice.count()):
        page.choice.setCurrentIndex(number)
        assert page.model.rowCount() > 1 and page.model.columnCount() > 1


def test_a_cell_shows_the_most_exact_limit_muted_where_it_is_inherited(page, draft):
    draft.set_values(
        RULE, {"standoff_m.firing.*": 900.0, "standoff_m.*.hospital": 700.0, "standoff_m": 600.0}
    )
    assert text(page, "*", "*") == "600"
    assert text(page, "firing", "hospital") == "900"
    assert text(page, "training", "hospital") == "700"
    assert text(page, "training", "school") == "600"
    assert colour(page, "firing", "*") == QColor(theme.colours().text)
    assert colour(page, "firing", "school") == QColor(theme.colours().muted)
    assert colour(page, "*", "*") == QColor(theme.colours().text)


def test_what_counts_and_where_it_comes_from_is_said_in_words(page, draft):
    draft.set_values(RULE, {"standoff_m.firing.*": 900.0})
    words = page.model.words_at(cell(page, "firing", "hospital"))
    assert words == (
        "Firing area, Hospital: 900 m, from Stand-off distance (firing area, any humanitarian site). "
        "Nobody has confirmed it."
    )
    assert "900 m, set here" in page.model.words_at(cell(page, "firing", "*"))


def test_only_a_limit_that_is_set_and_that_nobody_stands_for_is_marked(page, draft):
    draft.set_values(RULE, {"standoff_m.firing.*": 900.0})
    assert cell(page, "firing", "*").data(WAITS_ROLE)
    assert not cell(page, "firing", "hospital").data(WAITS_ROLE)
    draft.start(rulebook.confirm(draft.workspace, "المقدم حداد", "", NOW))
    assert not cell(page, "firing", "*").data(WAITS_ROLE)
    assert "المقدم حداد" in page.model.words_at(cell(page, "firing", "hospital"))
    draft.set_values(RULE, {"standoff_m.firing.*": 901.0})
    assert cell(page, "firing", "*").data(WAITS_ROLE)


def test_typing_sets_a_limit_and_enter_goes_one_row_down(qtbot, page, draft):
    select(page, ("firing", "hospital"))
    page.view.setFocus()
    qtbot.keyClicks(page.view, "1")
    editor = page.view.findChild(QLineEdit)
    editor.setText("1,500 m")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: set_limits(draft) == {"standoff_m.firing.hospital": 1500.0})
    assert page.view.currentIndex() == cell(page, "training", "hospital")


def test_enter_opens_the_editor_and_leaving_it_unchanged_sets_nothing(qtbot, page, draft):
    select(page, ("firing", "hospital"))
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    editor = page.view.findChild(QLineEdit)
    assert editor.text() == "500"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.view.currentIndex() == cell(page, "training", "hospital"))
    assert set_limits(draft) == {}


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_makes_the_selected_limits_inherited_again(qtbot, page, draft, key):
    draft.set_values(RULE, {"standoff_m.firing.hospital": 900.0, "standoff_m.firing.school": 800.0})
    select(page, ("firing", "hospital"), ("firing", "health_facility"), ("firing", "school"))
    page.view.setFocus()
    qtbot.keyClick(page.view, key)
    assert set_limits(draft) == {}


def test_deleting_the_limit_for_all_goes_back_to_the_default(page, draft):
    draft.set_values(RULE, {"standoff_m": 800.0})
    select(page, ("*", "*"))
    page.reset.click()
    assert draft.values(RULE) == {"standoff_m": 500.0}


def test_reset_all_leaves_the_default_alone_of_the_table(page, draft):
    draft.set_values(RULE, {"standoff_m": 800.0, "standoff_m.firing.*": 900.0, "standoff_m.*.camp": 700.0})
    page.reset_all.click()
    assert draft.values(RULE) == {"standoff_m": 500.0}


def test_a_copied_block_is_pasted_with_what_it_inherits(qtbot, page, draft):
    draft.set_values(RULE, {"standoff_m.firing.hospital": 900.0, "standoff_m.firing.school": 1200.5})
    draft.set_values(RULE, {"standoff_m.training.health_facility": 50.0})
    select(page, ("firing", "hospital"), ("firing", "health_facility"), ("firing", "school"))
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "900\t\t1200.5"
    select(page, ("training", "hospital"))
    qtbot.keyClick(page.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert set_limits(draft) == {
        "standoff_m.firing.hospital": 900.0,
        "standoff_m.firing.school": 1200.5,
        "standoff_m.training.hospital": 900.0,
        "standoff_m.training.school": 1200.5,
    }


def test_a_single_number_fills_the_selection(page, draft):
    QGuiApplication.clipboard().setText("750\r\n")
    select(page, ("operation", "hospital"), ("firing", "hospital"))
    page.view.paste_block()
    assert set_limits(draft) == {
        "standoff_m.operation.hospital": 750.0,
        "standoff_m.firing.hospital": 750.0,
    }


@pytest.mark.parametrize(
    ("clipboard", "reason"),
    [("900\tmany", "not a number"), ("900\t60000", "out of range"), ("1\n" * 20, "does not fit")],
)
def test_a_block_with_a_mistake_is_refused_whole(page, draft, clipboard, reason):
    QGuiApplication.clipboard().setText(clipboard)
    select(page, ("firing", "hospital"))
    page.view.paste_block()
    assert set_limits(draft) == {}
    assert reason in page.problem.words() and page.problem.isVisible()


def test_an_empty_clipboard_changes_nothing(page, draft):
    draft.set_values(RULE, {"standoff_m.firing.hospital": 900.0})
    QGuiApplication.clipboard().setText("")
    select(page, ("firing", "hospital"))
    page.view.paste_block()
    assert set_limits(draft) == {"standoff_m.firing.hospital": 900.0}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1500", 1500.0), (" 1,500 m", 1500.0), ("1 500", 1500.0), ("12.5", 12.5), ("", None), ("٥٠٠", 500.0)],
)
def test_a_number_is_read_as_people_write_it(typed, value):
    assert read_amount(typed, STANDOFF_M) == value


@pytest.mark.parametrize(
    ("typed", "ways"), [("2.500", "2500 or 2.5"), ("2.125", "2125 or 2.1250"), ("3.000", "3000 or 3")]
)
def test_whatever_is_proposed_for_a_number_in_two_ways_can_be_read(typed, ways):
    with pytest.raises(ValueError, match=f"Write {ways}\\.$"):
        read_amount(typed, STANDOFF_M)
    for way in ways.split(" or "):
        assert read_amount(way, STANDOFF_M) == float(way)


@pytest.mark.parametrize(
    "typed", ["1,5", "1.500", "2.500 m", "1.500,0", "nan", "inf", "1e3", "--5", "-1", "5 km", "1,50,00"]
)
def test_what_could_be_read_in_two_ways_is_refused(typed):
    with pytest.raises(ValueError, match=r"number|range"):
        read_amount(typed, STANDOFF_M)
