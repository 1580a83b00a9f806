"""The findings in columns: after any change the same as if they were made anew."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.finding_columns import FindingColumns, columns_of
from layers.findings import Change, FindingState, Severity
from layers.model import Mode, new_workspace
from tests.desktop.panels.builders import NOW, make_record

EMPTY = new_workspace("x", Mode.TEST, NOW)
RULES = ("site_inside_zone", "zone_within_standoff_of_site", "unheard_of")


def record(number: int, **said):
    severity = Severity(number % 5)
    made = make_record(EMPTY, f"f{number}", rule=RULES[number % 3], severity=severity, **said)
    return replace(made, finding=replace(made.finding, distance_m=None if number % 4 else float(number)))


def same(kept: FindingColumns, afresh: FindingColumns) -> bool:
    assert kept.records == afresh.records and kept.rows == afresh.rows
    for field in fields(FindingColumns)[1:]:
        np.testing.assert_array_equal(getattr(kept, field.name), getattr(afresh, field.name))
    return np.array_equal(kept.order, afresh.order)


RECORDS = tuple(record(number) for number in range(30))
steps = st.lists(
    st.tuples(
        st.sampled_from(["change", "add", "cut", "other branch"]), st.integers(0, 29), st.integers(0, 4)
    ),
    max_size=8,
)


@given(steps)
def test_following_any_changes_gives_what_making_them_anew_gives(steps):
    columns, records, fresh = columns_of(RECORDS).prepared(), RECORDS, 100
    for what, place, many in steps:
        listed, fresh = list(records), fresh + 10
        more = [record(fresh + i, distance_m=float(i)) for i in range(many)]
        for i, one in enumerate(more):
            if what == "change" and place + i < len(listed):  # the same key in the same place
                other = replace(one.finding, key=listed[place + i].finding.key, where=None)
                listed[place + i] = replace(one, finding=other, state=FindingState.RESOLVED)
            elif what == "other branch" and place + i < len(listed):
                listed[place + i] = one
        listed = listed + more if what == "add" else listed
        records = tuple(listed[:-many] if what == "cut" and many else listed)
        columns = columns.follow(records)
        assert same(columns, columns_of(records))


def test_records_that_are_the_same_objects_are_taken_over_at_no_cost():
    columns = columns_of(RECORDS)
    assert columns.follow(RECORDS) is columns


def test_a_finding_without_a_place_has_no_position_and_none_is_new_that_is_not_open():
    there = make_record(EMPTY, "a")
    nowhere = replace(there, finding=replace(there.finding, key="b", where=None))
    gone = replace(there, finding=replace(there.finding, key="c"), state=FindingState.RESOLVED)
    old = replace(there, finding=replace(there.finding, key="d"), change=Change.PERSISTENT)
    columns = columns_of([there, nowhere, gone, old])
    assert columns.is_new.tolist() == [True, True, False, False]
    assert np.isnan(columns.lon).tolist() == [False, True, False, False]
    assert columns.lon[0] == pytest.approx(36.30225)
    assert columns.record_of("b") is nowhere and columns.record_of("x") is None
    assert columns.mask_of({"d": 1, "x": 2}).tolist() == [False, False, False, True]
