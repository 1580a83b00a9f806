"""Feature columns: shared when unchanged, read-only, versioned by content."""

import numpy as np
import pytest
import shapely

from layers.kinds import spec_of
from layers.model import Kind, new_feature, places_of, stable_id, stable_ids, table_of

SPEC = spec_of(Kind.HUMANITARIAN_SITE)


@pytest.fixture
def table():
    return table_of(
        SPEC,
        [
            new_feature(SPEC.kind, shapely.Point(i, i), feature_id=f"f{i}", name=f"N{i}", attributes={"x": i})
            for i in range(3)
        ],
    )


def test_an_edit_shares_every_unchanged_column(table):
    feature = table.row(1, SPEC.kind).with_changes(name="Другое")
    changed = table.with_features([feature])
    assert list(changed.name) == ["N0", "Другое", "N2"]
    assert changed.geometry is table.geometry and changed.fields["contact"] is table.fields["contact"]
    assert list(table.name) == ["N0", "N1", "N2"]


def test_columns_are_read_only(table):
    with pytest.raises(ValueError, match="read-only"):
        table.name[0] = "x"
    with pytest.raises(ValueError, match="read-only"):
        table.fields["standoff_m"][0] = 1.0


def test_take_and_append_keep_rows_whole(table):
    both = table.take(np.array([2, 0])).append(table_of(SPEC, [new_feature(SPEC.kind, None, name="New")]))
    assert list(both.name) == ["N2", "N0", "New"]
    assert list(both.attributes["x"]) == [2, 0, None]


def test_the_version_follows_content_and_not_the_file_it_came_from(table):
    rows = np.arange(3)
    before = table.fingerprints(rows)
    again = table.with_features([table.row(0, SPEC.kind).with_changes(source="other", source_row=9)])
    assert again.fingerprints(rows) == before
    moved = table.with_features([table.row(0, SPEC.kind).with_changes(geometry=shapely.Point(0, 0.1))])
    assert moved.fingerprints(rows)[0] != before[0] and moved.fingerprints(rows)[1:] == before[1:]


def test_extent_ignores_what_has_no_place():
    assert table_of(SPEC, [new_feature(SPEC.kind, None)]).extent is None
    both = table_of(SPEC, [new_feature(SPEC.kind, None), new_feature(SPEC.kind, shapely.box(1, 2, 3, 4))])
    assert both.extent == (1, 2, 3, 4)


def test_stable_ids_repeat_and_differ():
    assert stable_id("a", 1) == stable_id("a", 1) != stable_id("a", 11)
    assert stable_id("a", "b") != stable_id("ab")


def test_many_stable_ids_are_those_made_one_by_one():
    parts = ["", "S1", "صحة", "with blank", 7, "x" * 200]
    assert stable_ids(("a", 2), parts, (0,)) == [stable_id("a", 2, part, 0) for part in parts]
    assert stable_ids((), [], ()) == []


def test_columns_of_different_length_are_refused(table):
    with pytest.raises(ValueError, match="rows"):
        type(table)(**{**table.__dict__, "name": table.name[:1]})


def test_every_key_has_its_place_however_many_there_are():
    keys = [f"k{n}" for n in range(25_003)]
    assert places_of(keys) == {key: place for place, key in enumerate(keys)}
    assert places_of(["a", "b", "a"]) == {"a": 2, "b": 1} and places_of([]) == {}
