import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QDate, QTime
from PySide6.QtWidgets import QDialogButtonBox, QLabel

from desktop.dialogs.feature_form import FeatureForm, FormContext, shape_words
from layers.coordinates import Notation
from layers.kinds import KINDS
from layers.model import Kind, new_feature
from layers.volume import Window
from tests.desktop.window_builders import HOSTILE, make_site

ZONE = ZoneInfo("Asia/Amman")
CONTEXT = FormContext(zone=ZONE, notation=Notation.DD, labels=("", "public", "restricted"))


def form_of(qtbot, feature, context=CONTEXT, **more):
    form = FeatureForm(feature, context, **more)
    qtbot.addWidget(form)
    return form


def problem(form, name):
    return form._problems[name].text()


def test_a_form_that_was_not_touched_gives_the_very_same_feature(qtbot):
    window = Window(datetime(2031, 5, 4, 6, 7, 8, 9, tzinfo=UTC), None)
    site = make_site(
        1, "North", window=window, label="public", fields={"population": 120.0, "contact": "Ana"}
    )
    site = site.with_changes(geometry=shapely.Point(20.123456789012, 45.123456789012))
    result = form_of(qtbot, site).feature()
    assert result.window == window
    assert result.geometry is site.geometry
    assert (result.name, result.category, result.label, result.source_id) == (
        "North",
        "school",
        "public",
        "P-1",
    )
    assert result.fields["population"] == 120.0
    assert result.fields["contact"] == "Ana"


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind.value)
def test_every_kind_has_a_form_with_all_its_fields(qtbot, spec):
    form = form_of(qtbot, new_feature(spec.kind, shapely.Point(20, 45)))
    assert {f"field:{field.name}" for field in spec.fields} <= set(form.editors)
    assert form.problems() == {}
    assert set(form.feature().fields) == {field.name for field in spec.fields}


def test_hours_are_echoed_in_words_and_refused_only_where_they_were_typed_here(qtbot):
    zone = new_feature(Kind.MILITARY_ZONE, shapely.box(20, 45, 21, 46), fields={"active_hours": "22-06"})
    form = form_of(qtbot, zone)
    hours = form.editors["field:active_hours"]
    assert "Cannot be read" in hours.echo.text()
    assert form.problems() == {}
    assert form.feature().fields["active_hours"] == "22-06"
    hours.edit.setText("Mo-Fr 22:00-06:00")
    assert hours.echo.text() == "= Mon to Fri from 22:00 to 06:00 the next day"
    assert form.problems() == {}
    hours.edit.setText("nights")
    form.accept()
    assert "Write them like Mo-Fr 22:00-06:00." in problem(form, "field:active_hours")
    hours.edit.clear()
    assert form.problems() == {}
    assert hours.echo.isHidden()


def test_a_number_in_two_ways_is_asked_about_unless_it_stood_there(qtbot):
    site = make_site(1, "North", fields={"standoff_m": 2.125})
    form = form_of(qtbot, site)
    assert form.problems() == {}
    form.editors["field:standoff_m"].edit.setText("2.500")
    assert "2500 or 2.5" in form.problems()["field:standoff_m"]


def test_what_checks_read_in_a_date_is_said_as_it_is_typed_and_a_partners_may_stay(qtbot):
    zone = new_feature(Kind.MILITARY_ZONE, shapely.box(20, 45, 21, 46), fields={"review_by": "next week"})
    form = form_of(qtbot, zone)
    review = form.editors["field:review_by"]
    assert review.echo.text().startswith("Cannot be read, so checks cannot tell when it is.")
    assert form.problems() == {}
    for text, words in (
        ("2026-12-01", "= the whole of 1 December 2026 in Asia/Amman"),
        ("2026-12-01 08:00Z", "= 1 December 2026, 11:00 in Asia/Amman"),
    ):
        review.edit.setText(text)
        assert review.echo.text() == words and form.problems() == {}
    review.edit.setText("03/04/2026")  # April or March
    assert form.problems() == {"field:review_by": "This date cannot be read. Write it like 2026-12-01 08:00."}
    review.edit.setText("")
    assert review.echo.isHidden() and form.problems() == {}


def test_an_empty_number_is_not_stated_and_a_code_is_chosen_in_words(qtbot):
    form = form_of(qtbot, make_site(1, "North", fields={"population": 5.0, "status": ""}))
    form.editors["field:population"].edit.setText("")
    box = form.editors["field:status"].box
    box.setCurrentIndex(box.findText("Partly open"))
    result = form.feature()
    assert np.isnan(result.fields["population"])
    assert result.fields["status"] == "partial"


@pytest.mark.parametrize(
    ("text", "words"),
    [("many", "is not a number"), ("-3", "at least 0"), ("2.5", "whole number"), ("nan", "is not a number")],
)
def test_a_wrong_number_is_told_beside_its_field_and_the_form_stays(qtbot, text, words):
    form = form_of(qtbot, make_site(1, "North"))
    form.show()
    form.editors["field:population"].edit.setText(text)
    form.accept()
    assert words in problem(form, "field:population")
    assert form.isVisible()
    form.editors["field:population"].edit.setText("30")
    form.accept()
    assert not form.isVisible()


def test_an_end_before_the_start_is_refused(qtbot):
    form = form_of(qtbot, make_site(1, "North", window=Window(datetime(2031, 5, 4, tzinfo=UTC), None)))
    end = form.editors["valid_to"]
    end.open.setChecked(False)
    end.edit.setDate(QDate(2031, 5, 1))
    form.accept()
    assert problem(form, "valid_to") == "The end must lie after the start."


def test_escape_asks_about_a_change_beside_what_was_wrong_before(qtbot):
    backwards = Window(datetime(2031, 5, 4, tzinfo=UTC), datetime(2031, 5, 1, tzinfo=UTC))
    site = make_site(1, "North", window=backwards, fields={"population": -5.0})
    form = form_of(qtbot, site)
    form.show()
    form.editors["name"].edit.setText("North, moved")
    with qtbot.waitSignal(form.drop_requested):
        form.reject()
    assert form.isVisible()
    form.editors["name"].edit.setText("North")
    form.reject()
    assert not form.isVisible()


def test_times_are_those_of_the_operation(qtbot):
    form = form_of(qtbot, make_site(1, "North"))
    start = form.editors["valid_from"]
    assert start.open.isChecked()
    start.open.setChecked(False)
    start.edit.setDate(QDate(2031, 7, 1))
    start.edit.setTime(QTime(9, 30))
    assert form.feature().window.start == datetime(2031, 7, 1, 9, 30, tzinfo=ZONE)
    assert form.feature().window.start.tzinfo is UTC


@pytest.fixture
def machine_in_berlin(monkeypatch):
    """02:30 does not exist there on 2031-03-30."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows cannot change its zone for one process")
def test_a_time_in_an_hour_that_this_machine_skips_is_kept(qtbot, machine_in_berlin):
    moment = datetime(2031, 3, 30, 2, 30, tzinfo=ZONE)
    form = form_of(qtbot, make_site(1, "North", window=Window(moment, None)))
    assert form.editors["valid_from"].edit.time() == QTime(2, 30)


def test_a_position_can_be_typed_and_brings_its_uncertainty(qtbot):
    form = form_of(qtbot, make_site(1, "North"))
    form.editors["position"].edit.setText("32.2918, 36.3254")
    result = form.feature()
    assert (result.geometry.x, result.geometry.y) == pytest.approx((36.3254, 32.2918), abs=1e-4)
    assert 1 <= result.uncertainty_m <= 100


def test_a_position_that_is_none_is_refused(qtbot):
    form = form_of(qtbot, make_site(1, "North"))
    form.editors["position"].edit.setText("somewhere near the bridge")
    assert "position" in form.problems()


def test_a_code_that_the_list_does_not_have_is_kept(qtbot):
    form = form_of(qtbot, make_site(1, "North", category="field_hospital"))
    assert "field_hospital (as given)" in form.editors["category"].box.currentText()
    assert form.feature().category == "field_hospital"


def test_a_locked_layer_shows_the_form_but_nothing_can_be_saved(qtbot):
    context = FormContext(zone=ZONE, notation=Notation.DD, locked=True)
    form = form_of(qtbot, make_site(1, "North"), context)
    assert not form.buttons.button(QDialogButtonBox.StandardButton.Save).isEnabled()
    assert not form.editors["name"].widget.isEnabled()


def test_hostile_text_is_never_rich_text(qtbot):
    site = make_site(1, HOSTILE, source_id=HOSTILE, attributes={HOSTILE: HOSTILE})
    context = FormContext(zone=ZONE, notation=Notation.DD, origin=HOSTILE)
    form = form_of(qtbot, site, context)
    for label in form.findChildren(QLabel):
        assert "<img" not in label.text() or label.textFormat().name == "PlainText"
        assert "<img" not in label.toolTip()
    assert form.editors["name"].edit.text() == HOSTILE


def test_a_shape_is_told_in_words_and_true_measures():
    assert shape_words(shapely.box(20, 45, 20.01, 45.01)).startswith("Area of 0.88 km²")
    assert shape_words(shapely.LineString([(20, 45), (20, 45.01)])) == "Line of 1.11 km"
    assert shape_words(None) == "No position"
    assert shape_words(shapely.MultiPoint([(1, 1), (2, 2)])) == "2 points"


def test_the_layer_to_add_to_is_offered_when_adding(qtbot):
    context = FormContext(zone=ZONE, notation=Notation.DD, layers={"": "New layer: Drawn", "a": "Schools"})
    form = form_of(qtbot, make_site(1, "North", fields={}), context, adding=True)
    assert form.layer_id() == ""
    form.layer_box.setCurrentIndex(1)
    assert form.layer_id() == "a"


def test_kinds_are_named_in_the_title(qtbot):
    feature = new_feature(Kind.HAZARD, shapely.Point(20, 45))
    assert form_of(qtbot, feature, adding=True).windowTitle() == "Add: Hazard"


def test_the_keyboard_begins_in_the_name_and_the_time_zone_is_said(qtbot):
    form = form_of(qtbot, make_site(1, ""))
    form.show()
    assert form.focusWidget() is form.editors["name"].widget
    assert any("Asia/Amman" in label.text() for label in form.findChildren(QLabel))
