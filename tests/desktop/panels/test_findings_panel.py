"""The findings panel over a real document: states, choosing, deciding, and staleness."""

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtTest import QTest

from desktop.panels import findings_model
from desktop.panels.finding_colours import AMBER, GREEN
from desktop.panels.findings_filter import ATTENTION
from desktop.panels.findings_model import Filter, Standing
from desktop.panels.findings_panel import FindingsPanel
from layers import decisions
from layers.findings import DecisionType, FindingState, Severity
from layers.inputs import inputs_digest
from layers.model import Confirmation, Mode, RuleSettings
from layers.rules import RULES
from layers.volume import Outcome
from tests.desktop.panels.builders import NOW, STANDOFF, make_coverage, make_record, make_run

WORST = f"{STANDOFF}/s1/z1"
UNTESTED = f"{STANDOFF}/s1/z9"


@pytest.fixture
def panel(qtbot, document, tasks, checked):
    made = FindingsPanel(document, tasks, clock=lambda: NOW)
    qtbot.addWidget(made)
    made.resize(400, 800)
    made.show()
    return made


@pytest.fixture
def empty_panel(qtbot, document, tasks):
    made = FindingsPanel(document, tasks, clock=lambda: NOW)
    qtbot.addWidget(made)
    made.show()
    return made


def full_run(run_id: str = "run-2"):
    return make_run(*(make_coverage(rule.id) for rule in RULES), run_id=run_id)


def test_before_the_first_run_it_says_not_checked_and_offers_a_check(qtbot, empty_panel):
    assert empty_panel.coverage.headline.words() == "Not checked yet"
    assert empty_panel.coverage.mark.mark == AMBER
    assert "Not checked yet" in empty_panel.empty.words()
    with qtbot.waitSignal(empty_panel.check_requested):
        empty_panel.coverage.check.click()


def test_a_run_without_findings_is_green_and_looks_different_from_not_checked(empty_panel, document):
    document.apply("Check", replace(document.workspace, runs=(full_run(),)))
    assert empty_panel.coverage.mark.mark == GREEN
    assert empty_panel.coverage.headline.words() == "No conflicts found in what was compared"
    assert "nothing in what it compared" in empty_panel.empty.words()


def test_at_first_it_lists_what_asks_for_something_the_worst_first(panel):
    shown = [panel.model.item(row) for row in range(panel.model.rowCount())]
    assert shown[0].key == WORST
    assert {item.standing for item in shown} == {Standing.OPEN, Standing.NOT_RETESTED}
    assert panel.counts.words() == "3 of 3 shown, 2 new"  # what is resolved is no finding any more
    panel.filters.standing.choose(frozenset())
    assert panel.counts.words() == "4 of 4 shown, 2 new"


def test_filters_that_are_folded_away_are_told_and_go_with_the_workspace(panel, document, tmp_path):
    assert panel.filters.more.text() == "Filters"
    panel.filters.text.setText("hospital")
    panel.filters.outcome.choose(Outcome.FUTURE)
    panel.filters.new_only.setChecked(True)
    assert panel.filters.more.text() == "Filters: 3 set"
    document.new(tmp_path / "other.gpkg", "Other", Mode.TEST)
    assert panel.filters.more.text() == "Filters"
    assert panel.model.filter == Filter(standings=ATTENTION)


def test_what_passes_a_filter_is_listed_from_its_top_unless_the_chosen_one_is_in_it(panel, document):
    def made(number):
        severity = Severity.HIGH if number % 2 else Severity.LOW
        return make_record(document.workspace, f"s{number}", severity=severity, distance_m=float(number))

    records = tuple(made(number) for number in range(200))
    document.apply("Check", replace(document.workspace, findings=records))
    panel.choose(records[121].finding.key)
    bar = panel.list.verticalScrollBar()
    panel.filters.severity.choose(frozenset({Severity.HIGH}))
    assert panel.chosen().key == records[121].finding.key and bar.value() > 0
    panel.filters.severity.choose(frozenset({Severity.LOW}))
    assert panel.chosen() is None and bar.value() == 0


def test_the_chosen_row_with_the_keyboard_on_it_stays_readable(qtbot, panel):
    panel.resize(360, 700)
    panel.show()
    panel.focus_list()
    qtbot.waitUntil(panel.list.hasFocus)
    row = panel.list.visualRect(panel.model.index(0)).adjusted(8, 4, -8, -4)
    picture = panel.list.viewport().grab(row).toImage()
    colours = [picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(picture.height())]
    ground = max(set(colours), key=colours.count)
    assert 0.02 < 1 - colours.count(ground) / len(colours) < 0.6  # words on a ground, not one flat colour
    assert QColor(ground).lightnessF() > 0.7


def test_choosing_a_finding_announces_it_and_fills_the_card(qtbot, panel):
    with qtbot.waitSignal(panel.finding_chosen) as heard:
        assert panel.choose(WORST)
    assert heard.args[0].finding.key == WORST
    card = panel.card
    assert card.title.words() == "Zone within stand-off of a site"
    assert card.measured.words() == "120 m, at least 500 m required"
    assert card.when.words().startswith("Holds now. From 11 Mar 2026")
    assert card.subjects[0].contact.words() == "Contact: Dr Lina Haddad, +962 6 555 0101"
    assert card.subjects[1].contact.words() == "Contact: G3 Air, ext. 2214"
    assert "Move or shrink" in card.action.words()


def test_partner_text_is_shown_letter_by_letter(panel):
    panel.choose(f"{STANDOFF}/s2/z1")
    assert panel.card.subjects[0].name.words() == "Центральна лікарня <b>№ 2</b>"
    assert panel.card.subjects[0].name.textFormat() is Qt.TextFormat.PlainText
    assert panel.card.subjects[0].contact.words() == "Contact: no contact recorded"


def test_a_name_without_a_space_pushes_nothing_of_the_card_out_of_sight(qtbot, panel, document):
    record = make_record(document.workspace, "s1", "z1")
    long = replace(record.finding, sentence="Hospital “" + "A" * 300 + "” lies in a zone.")
    document.apply("Check", replace(document.workspace, findings=(replace(record, finding=long),)))
    panel.choose(record.finding.key)
    assert panel.card.widget().minimumSizeHint().width() <= panel.card.viewport().width()


def test_a_finding_not_retested_gives_its_reason_and_is_not_called_resolved(panel):
    panel.choose(UNTESTED)
    assert "The layer “Zones of the corps” was removed." in panel.card.standing.words()
    assert panel.card.standing.isVisible()
    assert panel.card.standing_mark.mark == AMBER
    assert "esolved" not in panel.card.change.words()
    assert panel.card.subjects[1].contact.words() == "No longer in the workspace"


def test_the_row_that_focus_brings_up_is_shown_as_chosen(qtbot, panel):
    panel.activateWindow()
    panel.focus_list()
    assert panel.list.selectionModel().isSelected(panel.list.currentIndex())
    assert panel.chosen() is not None


def test_arrow_keys_move_and_enter_announces_again(qtbot, panel):
    panel.focus_list()
    first = panel.chosen().key
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.chosen().key != first
    with qtbot.waitSignal(panel.finding_chosen) as heard:
        QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert heard.args[0].finding.key == panel.chosen().key


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (Qt.Key.Key_A, DecisionType.ACCEPT),
        (Qt.Key.Key_M, DecisionType.MITIGATE),
        (Qt.Key.Key_R, DecisionType.REFER),
        (Qt.Key.Key_F, DecisionType.FALSE_ALARM),
    ],
)
def test_a_key_and_a_reason_record_a_decision_as_one_undo_step(qtbot, panel, document, key, kind):
    panel.choose(WORST)
    panel.focus_list()
    qtbot.waitUntil(panel.list.hasFocus)
    # Shortcuts, which Qt also finds where the same key writes another script.
    assert QKeySequence(key) in [shortcut.key() for shortcut in panel.list.findChildren(QShortcut)]
    steps = document.undo_stack.count()
    QTest.keyClick(panel.list, key)
    panel.dialog.reason.setPlainText("Order 14 of 11 March.")
    panel.dialog.accept()
    decided = decisions.standing(document.workspace, NOW)[WORST]
    assert (decided.type, decided.by, decided.reason) == (kind, "Maj. Eva Novak", "Order 14 of 11 March.")
    assert decided.expires == NOW + timedelta(days=7)
    assert document.undo_stack.count() == steps + 1
    assert panel.chosen().key == UNTESTED, "the next one comes up"
    document.undo()
    assert decisions.standing(document.workspace, NOW) == {}


def test_the_reason_of_a_cancelled_decision_is_offered_again_for_that_finding_only(panel, document):
    panel.choose(WORST)
    panel.decide(DecisionType.ACCEPT)
    panel.dialog.reason.setPlainText("Agreed with the partner on 12 March.")
    panel.dialog.reject()
    panel.list.setCurrentIndex(panel.model.index(1))
    panel.decide(DecisionType.ACCEPT)
    assert panel.dialog.reason.toPlainText() == ""
    panel.dialog.reject()
    panel.choose(WORST)
    panel.decide(DecisionType.MITIGATE)
    assert panel.dialog.reason.toPlainText() == "Agreed with the partner on 12 March."
    panel.dialog.reject()
    document.opened.emit()  # another workspace may have the same finding of the same partner
    panel.choose(WORST)
    panel.decide(DecisionType.MITIGATE)
    assert panel.dialog.reason.toPlainText() == ""
    panel.dialog.reason.setPlainText("Agreed with the partner on 12 March.")
    panel.dialog.accept()
    panel.decide(DecisionType.MITIGATE)
    assert panel.dialog.reason.toPlainText() == ""
    panel.dialog.reject()


def test_a_decision_without_a_reason_is_refused_in_the_dialog(panel, document):
    panel.choose(WORST)
    panel.decide(DecisionType.ACCEPT)
    before = document.workspace
    panel.dialog.accept()
    assert panel.dialog.isVisible()
    assert "Give the reason" in panel.dialog.problem.words()
    assert document.workspace is before
    panel.dialog.reject()


def test_a_refusal_of_the_domain_keeps_the_dialog_open_with_its_sentence(panel, document):
    panel.choose(WORST)
    panel.decide(DecisionType.ACCEPT)
    panel.dialog.reason.setPlainText("Known.")
    panel.dialog.expiry.setCurrentIndex(panel.dialog.expiry.count() - 1)
    panel.dialog.at.setDateTime(panel.dialog.at.dateTime().addDays(-30))
    panel.dialog.accept()
    assert "expire in the past" in panel.dialog.problem.words()
    assert not document.workspace.decisions
    panel.dialog.reject()


def test_a_decided_finding_shows_its_decision_and_an_expired_one_its_history(panel, document):
    changed = decisions.decide(
        document.workspace, WORST, DecisionType.ACCEPT, by="Col. Petrov", reason="Known.",
        expires=NOW - timedelta(hours=1), now=NOW - timedelta(hours=2),
    )  # fmt: skip
    changed = decisions.decide(
        changed, WORST, DecisionType.REFER, by="Maj. Novak", reason="Asked G3.", expires=None, now=NOW
    )
    document.apply("Decide", changed)
    panel.filters.clear()
    panel.choose(WORST)
    assert panel.card.decision.words().startswith("Referred by Maj. Novak")
    assert "Accepted by Col. Petrov" in panel.card.history.words()
    assert "Expired" in panel.card.history.words()


def test_a_resolved_finding_cannot_be_decided(panel):
    panel.filters.clear()
    panel.choose(f"{STANDOFF}/s2/z8")
    assert not any(button.isEnabled() for button in panel.buttons.values())
    panel.decide(DecisionType.ACCEPT)
    assert panel.dialog is None


def test_a_refresh_keeps_the_choice_without_announcing_it_again(qtbot, panel, document):
    panel.choose(WORST)
    with qtbot.assertNotEmitted(panel.finding_chosen):
        document.apply("Rename", replace(document.workspace, runs=(*document.workspace.runs, full_run())))
    assert panel.chosen().key == WORST


def test_a_filter_that_passes_nothing_offers_to_show_every_finding(panel):
    panel.filters.text.setText("no such name")
    assert panel.empty.isVisible()
    panel.show_all.click()
    assert panel.model.rowCount() == 4


def test_moving_a_feature_after_a_check_makes_it_stale_and_undo_takes_that_back(panel, document):
    document.apply("Check", replace(document.workspace, runs=(full_run(),)))
    assert not panel.freshness.is_stale
    layer, row = document.workspace.find("z1")
    feature = layer.table.row(row, layer.kind)
    moved = layer.table.with_features([feature.with_changes(geometry=shapely.box(37, 32, 37.1, 32.1))])
    document.apply("Move", document.workspace.with_layer(replace(layer, table=moved)))
    assert panel.coverage.headline.words() == "Changed since the last check"
    document.undo()
    assert not panel.freshness.is_stale


def test_hiding_a_layer_and_deciding_do_not_make_the_check_stale(panel, document):
    document.apply("Check", replace(document.workspace, runs=(full_run(),)))
    layer = document.workspace.layers[0]
    document.apply("Hide", document.workspace.with_layer(replace(layer, visible=False)))
    assert not panel.freshness.is_stale


def test_confirming_a_placeholder_after_a_check_makes_it_stale(panel, document):
    document.apply("Check", replace(document.workspace, runs=(full_run(),)))
    settings = RuleSettings(confirmations={"standoff_m": Confirmation(500.0, "Maj. Novak", NOW)})
    document.apply("Confirm", replace(document.workspace, rules={STANDOFF: settings}))
    assert panel.freshness.is_stale


def test_the_digest_moves_with_positions_and_not_with_visibility(document, checked):
    first = inputs_digest(checked)
    layer = checked.layers[0]
    assert inputs_digest(checked.with_layer(replace(layer, visible=False))) == first
    feature = layer.table.row(0, layer.kind).with_changes(geometry=shapely.Point(36.3, 32.300001))
    moved = checked.with_layer(replace(layer, table=layer.table.with_features([feature])))
    assert inputs_digest(moved) != first


def test_ten_thousand_findings_are_listed_and_browsed_quickly(qtbot, panel, document):
    records = tuple(
        make_record(document.workspace, "s1", "z1", rule=f"rule_{n}", distance_m=float(n))
        for n in range(10_000)
    )
    document.apply("Check", replace(document.workspace, findings=records))
    panel.filters.clear()
    assert panel.model.rowCount() == 10_000
    panel.focus_list()
    for _ in range(20):
        QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.chosen().record.finding.distance_m == 20.0
    assert panel.chosen().record.finding.severity is Severity.HIGH


def test_a_long_list_stays_where_it_was_scrolled_to_when_findings_change(qtbot, panel, document):
    more = tuple(make_record(document.workspace, f"more{n}", distance_m=float(n)) for n in range(200))
    document.apply("Check", replace(document.workspace, findings=more))
    bar = panel.list.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 5_000)
    bar.setValue(5_000)
    document.apply("Check again", replace(document.workspace, findings=more[:-1]))
    panel.list.grab()  # lays out what waits to be
    assert bar.value() == 5_000


def test_the_chosen_finding_stays_where_it_stands_when_those_above_it_go(qtbot, panel, document):
    more = tuple(make_record(document.workspace, f"more{n:03}", distance_m=float(n)) for n in range(200))
    document.apply("Check", replace(document.workspace, findings=more))
    panel.choose(panel.model.item(150).key)
    qtbot.waitUntil(lambda: panel.list.verticalScrollBar().value() > 5_000)
    chosen, top = panel.chosen().key, panel.list.visualRect(panel.list.currentIndex()).top()
    document.apply("Check again", replace(document.workspace, findings=more[40:]))
    panel.list.grab()
    assert panel.chosen().key == chosen
    assert panel.list.visualRect(panel.list.currentIndex()).top() == top


def test_the_chosen_finding_that_a_change_settles_is_chosen_again_after_undo(panel, document):
    records = document.workspace.findings
    panel.choose(WORST)
    rest = tuple(r for r in records if r.finding.key != WORST)
    document.apply("Move", replace(document.workspace, findings=rest))
    assert panel.chosen() is None
    document.undo()
    assert panel.chosen().key == WORST
    document.redo()
    panel.list.setCurrentIndex(panel.model.index(0))
    chosen = panel.chosen().key
    document.undo()
    assert panel.chosen().key == chosen != WORST


def test_home_and_end_go_to_the_first_and_the_last_finding(panel):
    panel.focus_list()
    QTest.keyClick(panel.list, Qt.Key.Key_End)
    assert panel.list.currentIndex().row() == panel.model.rowCount() - 1 > 0
    QTest.keyClick(panel.list, Qt.Key.Key_Home)
    assert panel.list.currentIndex().row() == 0


def test_the_name_of_who_decided_is_filled_in_for_the_next_decision(panel):
    panel.list.setCurrentIndex(panel.model.index(0))
    panel.decide(DecisionType.ACCEPT)
    panel.dialog.by.setText("Maj. Novak")
    panel.dialog.reason.setPlainText("Known and carried.")
    panel.dialog.accept()
    panel.decide(DecisionType.MITIGATE)
    assert panel.dialog.by.text() == "Maj. Novak"
    panel.dialog.reject()


def test_what_is_missing_is_no_longer_said_once_something_is_entered(panel):
    panel.list.setCurrentIndex(panel.model.index(0))
    panel.decide(DecisionType.ACCEPT)
    panel.dialog.accept()
    assert not panel.dialog.problem.isHidden()
    panel.dialog.by.setText("Maj. Novak")
    assert panel.dialog.problem.isHidden()
    panel.dialog.reject()


def test_the_head_counts_what_was_not_retested(panel):
    assert "1 not re-tested" in panel.coverage.headline.words()


def test_while_a_finding_is_read_the_coverage_is_one_line_and_its_details_a_click_away(panel):
    assert not panel.coverage.lines.isHidden()
    panel.focus_list()
    assert panel.coverage.lines.isHidden()
    assert panel.coverage.headline.text()
    panel.coverage.fold.click()
    assert not panel.coverage.lines.isHidden()


def test_a_resolved_finding_says_so_first_and_asks_for_nothing(panel, document):
    first = document.workspace.findings[0]
    gone = tuple(
        replace(r, state=FindingState.RESOLVED) if r is first else r for r in document.workspace.findings
    )
    document.apply("Check", replace(document.workspace, findings=gone))
    panel.filters.clear()
    assert panel.choose(first.finding.key)
    assert panel.card.verdict.words() == "Resolved"
    assert panel.card.standing.words().startswith("Resolved: both were compared again")
    assert panel.card.standing_mark.mark == GREEN
    assert panel.card.action.text() == ""
    assert not any(button.isEnabled() for button in panel.buttons.values())


def test_a_finding_chosen_far_down_stays_in_sight_when_its_card_opens(qtbot, panel, document):
    more = tuple(make_record(document.workspace, f"more{n}") for n in range(40))
    document.apply("Check", replace(document.workspace, findings=(*document.workspace.findings, *more)))
    last = panel.model.rowCount() - 1
    qtbot.waitUntil(lambda: panel.list.height() > 200)
    assert panel.choose(panel.model.item(last).key)
    qtbot.waitUntil(lambda: panel.list.height() < 200)  # the card has taken its room
    seen = panel.list.visualRect(panel.model.index(last))
    assert panel.list.viewport().rect().contains(seen.center())


def test_the_text_filter_reads_findings_between_turns_of_the_event_loop(qtbot, panel, monkeypatch):
    monkeypatch.setattr(findings_model, "_SLICE_S", 0.0)
    monkeypatch.setattr(findings_model, "_AT_ONCE", 1)
    name = panel.model.item(0).record.finding.subjects[0].name
    total = len(panel.model.findings)
    panel.filters.text.setText(name)
    assert panel.model.rowCount() > 1 and "still looking" in panel.counts.words()
    qtbot.waitUntil(lambda: panel.model.is_narrow)
    rows = range(panel.model.rowCount())
    assert 0 < len(rows) < total and "still looking" not in panel.counts.words()
    assert all(name in panel.model.item(row).record.finding.sentence for row in rows)
