"""Doubts beyond the 30 slips: whole files, no area of operations, boundaries by P-code, dates, crowds."""

import time
from dataclasses import replace

import numpy as np
import pytest
import shapely

from layers.fixes import apply_fixes
from layers.importing import FieldMapping, add_to_workspace
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.reading import Action, Decided, Imported

SITE = Kind.HUMANITARIAN_SITE


def imported_of(lon, lat, **columns):
    n = len(lon)
    data = {}
    for name, values in columns.items():
        data[name] = np.empty(n, dtype=object)
        data[name][:] = values
    return Imported(
        file="f.csv", sha256="0" * 64, format="csv", layers=("f",), layer="f", rows=n,
        geometry=shapely.points(lon, lat), row=np.arange(1, n + 1), columns=data,
        crs=Decided("EPSG:4326", "stated"), encoding=Decided("utf-8", "stated"), accuracy_m=0.0,
    )  # fmt: skip


@pytest.fixture
def workspace(now):
    return new_workspace("Test", Mode.TEST, now, "UTC")


@pytest.fixture
def add(now):
    def run(workspace, imported, mapping=None, kind=SITE):
        return add_to_workspace(workspace, imported, kind, mapping or FieldMapping(), now=now)

    return run


def doubts(report):
    return [(p.row, p.code) for p in report.of(Action.DOUBT)]


def spread(n, lon=36.00013, lat=32.00017):
    return lon + np.arange(n) * 0.01, lat + np.arange(n) * 0.003


def test_a_file_that_is_swapped_throughout_is_one_doubt_and_one_click(workspace, add):
    area = table_of(
        spec_of(Kind.AREA_OF_OPERATIONS),
        [new_feature(Kind.AREA_OF_OPERATIONS, shapely.box(35.5, 31.5, 37.5, 33.0))],
    )
    workspace = workspace.with_layer(Layer("ao", Kind.AREA_OF_OPERATIONS, "Area", area))
    lon, lat = spread(120)
    result, report = add(workspace, imported_of(lat, lon))
    (doubt,) = report.of(Action.DOUBT)
    assert (doubt.row, doubt.code, doubt.fix["swap"], len(doubt.fix["rows"])) == (
        None,
        "swapped_axes",
        True,
        120,
    )
    assert doubt.what.startswith("120 of 120 rows")
    fixed = apply_fixes(result, report.layer_id, [doubt]).layer(report.layer_id).table
    assert np.allclose(shapely.get_x(fixed.geometry), lon)


def test_without_an_area_what_is_already_there_says_where_rows_belong(workspace, add):
    workspace, _ = add(workspace, imported_of(*spread(20)))
    _, report = add(workspace, imported_of([32.30017, 36.4001], [36.30013, 32.1007]))
    assert doubts(report) == [(1, "swapped_axes")]
    assert "everything in the workspace" in report.of(Action.DOUBT)[0].what


def test_in_an_empty_workspace_the_other_rows_of_the_file_say_it(workspace, add):
    lon, lat = spread(20)
    _, report = add(workspace, imported_of([*lon, -36.05013], [*lat, 32.05017]))
    assert doubts(report) == [(21, "flipped_sign")]
    _, report = add(workspace, imported_of([36.00013, -70.00013], [32.00017, -30.00017]))
    assert not doubts(report)  # two rows have no middle to speak of


@pytest.mark.parametrize(
    ("lon", "lat", "wet"),
    [
        (33.00013, 33.50017, True),  # between Cyprus and Lebanon
        (35.45013, 33.90017, False),  # off Beirut, nearer than 5 km to the coast
        (35.91013, 31.95017, False),  # Amman
        (33.30013, 35.10017, False),  # on an island
    ],
)
def test_only_what_lies_well_off_the_coast_is_in_the_sea(workspace, add, lon, lat, wet):
    _, report = add(workspace, imported_of([lon], [lat]))
    assert doubts(report) == ([(1, "in_the_sea")] if wet else [])


def test_a_movement_may_cross_the_sea(workspace, add):
    _, report = add(workspace, imported_of([33.00013], [33.50017]), kind=Kind.MOVEMENT)
    assert not doubts(report)


def test_a_p_code_is_compared_with_the_boundaries_and_near_the_border_nothing_is_said(workspace, add):
    boxes = {"JO11": shapely.box(35.5, 31.5, 36.2, 32.5), "JO12": shapely.box(36.2, 31.5, 37, 32.5)}
    features = [
        new_feature(Kind.REFERENCE, shape, name=f"Governorate {code}", attributes={"ADM1_PCODE": code})
        for code, shape in boxes.items()
    ]
    layer = Layer("adm", Kind.REFERENCE, "Governorates", table_of(spec_of(Kind.REFERENCE), features))
    workspace = workspace.with_layer(layer)
    imported = imported_of(
        [35.80013, 36.50013, 36.20513, 36.60013], [32.00017, 32.10017, 32.20017, 32.30017],
        pcode=["JO11", "JO11", "JO11", "JO99"],
    )  # fmt: skip
    _, report = add(workspace, imported)
    assert doubts(report) == [(2, "wrong_admin_area")]
    assert "“JO12”" in report.of(Action.DOUBT)[0].what


def test_dates_prove_the_order_of_day_and_month_for_each_other_and_that_is_said(workspace, add):
    mapping = FieldMapping(valid_from="F")
    imported = imported_of(*spread(2), F=["25/04/2026", "03/04/2026"])
    result, report = add(workspace, imported, mapping)
    assert [str(t)[:10] for t in result.layers[0].table.valid_from] == ["2026-04-25", "2026-04-03"]
    assert doubts(report) == [(None, "ambiguous_date")]
    _, report = add(workspace, imported_of(*spread(3), F=["25/04/2026", "04/25/2026", "03/04/2026"]), mapping)
    assert doubts(report) == [(3, "ambiguous_date")]


def test_either_reading_of_an_ambiguous_date_can_be_chosen(workspace, add):
    from dataclasses import replace

    result, report = add(workspace, imported_of(*spread(1), F=["03/04/2026"]), FieldMapping(valid_from="F"))
    (doubt,) = report.of(Action.DOUBT)
    assert np.isnat(result.layers[0].table.valid_from[0])
    for first, day in ((True, "2026-04-03"), (False, "2026-03-04")):
        chosen = replace(doubt, fix={**doubt.fix, "day_first": first})
        fixed = apply_fixes(result, report.layer_id, [chosen]).layers[0].table
        assert str(fixed.valid_from[0])[:10] == day


def test_what_the_workspace_holds_already_is_a_duplicate_unless_it_was_at_another_time(workspace, add):
    mapping = FieldMapping(name="N", category="C", valid_from="F", valid_to="T")

    def one(lat, start, end):
        return imported_of([36.00013], [lat], N=["Al Noor"], C=["school"], F=[start], T=[end])

    workspace, _ = add(workspace, one(32.00017, "2026-01-01", "2026-02-01"), mapping)
    _, report = add(workspace, one(32.00057, "2026-01-15", None), mapping)
    assert doubts(report) == [(1, "duplicate")]
    _, report = add(workspace, one(32.00057, "2026-03-01", None), mapping)
    assert not doubts(report)
    _, report = add(workspace, one(32.00217, "2026-01-15", None), mapping)
    assert not doubts(report)


def test_the_same_name_at_the_same_position_in_another_category_is_said_as_that(workspace, add):
    here = {"lon": [36.00013, 36.00013], "lat": [32.00017, 32.00017], "C": ["school", "clinic"]}
    for names, what, whom in (
        (["Al Noor", "AL NOOR"], "the position and the name of row 1", "which category is right"),
        (["Al Noor", "Mercy"], "the position of row 1", "which of the two lies there"),
    ):
        _, report = add(workspace, imported_of(N=names, **here), FieldMapping(name="N", category="C"))
        (doubt,) = report.of(Action.DOUBT)
        assert doubt.code == "same_position"
        assert what in doubt.what
        assert whom in doubt.proposal


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (731.0, "may be 731 m off; that counts as its uncertainty."),
        (729.0, "may be 729 m off; that counts as its uncertainty."),
        (50.0, "may be 729 m off; only 50 m is taken."),
        (0.0, "may be 729 m off."),
    ],
)
def test_a_coarse_position_names_one_radius_where_its_notation_gave_it_already(workspace, add, stated, words):
    written = replace(imported_of([36.32], [32.29]), uncertainty_m=np.array([stated]))
    _, report = add(workspace, written)
    (doubt,) = report.of(Action.DOUBT)
    assert words in doubt.what


def test_a_crowd_of_200_000_is_looked_at_in_seconds(workspace, add):
    rng = np.random.default_rng(5)
    n = 200_000
    lon, lat = 36 + rng.random(n) * 0.02, 32 + rng.random(n) * 0.02
    from layers.doubted import Subjects
    from layers.doubts import doubts_of

    imported = imported_of(lon, lat, N=[f"Tent {i}" for i in range(n)])
    result, _ = add(workspace, imported, FieldMapping(name="N", constants={"category": "camp"}))
    begun = time.monotonic()
    doubts_of(Subjects(workspace, SITE, result.layers[0].table, FieldMapping(name="N")))
    assert time.monotonic() - begun < 60  # 1 s on a free core


OUTLINE = shapely.LineString([(36, 32), (36.2, 32), (36.2, 32.2), (36, 32.2), (36, 32)])
CROSSED = shapely.LineString([(36, 32), (36.2, 32.2), (36.2, 32), (36, 32.2), (36, 32)])
FAR = shapely.transform(OUTLINE, lambda xy: xy + np.array([0.5, 0.0]))


@pytest.mark.parametrize(
    ("kind", "line", "is_doubted", "has_proposal"),
    [
        (Kind.MILITARY_ZONE, OUTLINE, True, True),
        (Kind.ARRANGEMENT, shapely.MultiLineString([OUTLINE, FAR]), True, True),
        (Kind.MILITARY_ZONE, shapely.LineString(OUTLINE.coords[:-1]), False, False),
        (Kind.MILITARY_ZONE, shapely.MultiLineString([OUTLINE, [(37, 32), (37, 33)]]), True, False),
        (Kind.MILITARY_ZONE, CROSSED, True, False),
        (Kind.MILITARY_ZONE, shapely.LineString([(36, 32), (36.2, 32), (36, 32), (36, 32)]), False, False),
        (Kind.MOVEMENT, OUTLINE, False, False),
        (Kind.REFERENCE, OUTLINE, False, False),
    ],
)
def test_a_closed_line_may_be_an_area(workspace, add, kind, line, is_doubted, has_proposal):
    imported = replace(imported_of([36.0], [32.0]), geometry=np.array([line], dtype=object))
    result, report = add(workspace, imported, kind=kind)
    assert ((1, "closed_line") in doubts(report)) == is_doubted
    found = [p for p in report.of(Action.DOUBT) if p.code == "closed_line"]
    assert [bool(p.fix) for p in found] == [has_proposal] * is_doubted
    (shape,) = apply_fixes(result, report.layer_id, found).layers[0].table.geometry
    if has_proposal:
        assert shapely.contains(shape, shapely.Point(36.1, 32.1))
        assert shapely.equals(shapely.boundary(shape), line)
    else:
        assert shape is line or shapely.equals(shape, line)


@pytest.mark.parametrize(
    ("kind", "columns", "code"),
    [
        (Kind.HUMANITARIAN_SITE, {"standoff_m": ["0"]}, "zero_standoff"),
        (Kind.HUMANITARIAN_SITE, {"standoff_m": ["250"]}, None),
        (Kind.HUMANITARIAN_SITE, {"standoff_m": [None]}, None),
        (Kind.MOVEMENT, {"lower_m": ["0"], "upper_m": ["0"], "height_datum": ["amsl"]}, "zero_height"),
        (Kind.MOVEMENT, {"lower_m": ["-100"], "upper_m": ["0"], "height_datum": ["amsl"]}, None),
        (Kind.MOVEMENT, {"lower_m": ["0"], "upper_m": ["900"], "height_datum": ["amsl"]}, None),
    ],
)
def test_a_0_that_would_call_things_clear_is_doubted(workspace, add, kind, columns, code):
    mapping = FieldMapping(fields={name: name for name in columns})
    _, report = add(workspace, imported_of([36.00013], [32.00017], **columns), mapping, kind=kind)
    assert [(row, c) for row, c in doubts(report) if c.startswith("zero_")] == ([(1, code)] if code else [])
