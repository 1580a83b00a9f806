import json
import time
from dataclasses import replace

import numpy as np
import pytest
import shapely

from layers.errors import LayersError
from layers.importing import FieldMapping, add_to_workspace, guess_kind, guess_mapping
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.reading import Action, Decided, Imported, Problem

SITE = Kind.HUMANITARIAN_SITE


def column(*values):
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def imported_of(
    geometry, columns=None, *, file="sites.csv", problems=(), rows=None, accuracy_m=0.0, layer="sites"
):
    n = len(geometry)
    return Imported(
        file=file, sha256="ab" * 32, format="csv", layers=(layer,), layer=layer, rows=rows or n,
        geometry=column(*geometry), row=np.arange(1, n + 1),
        columns={k: column(*v) for k, v in (columns or {}).items()},
        crs=Decided("EPSG:4326", "stated"), encoding=Decided("utf-8", "stated"),
        accuracy_m=accuracy_m, problems=tuple(problems),
    )  # fmt: skip


def points(n, lon=36.0):
    return [shapely.Point(lon + 0.00013 + i / 100, 32.00042) for i in range(n)]


@pytest.fixture
def workspace(now):
    return new_workspace("Test", Mode.TEST, now, "Asia/Amman")


@pytest.fixture
def add(workspace, now):
    def run(imported, kind=SITE, mapping=None, into=None, **more):
        base = into or workspace
        result, report = add_to_workspace(base, imported, kind, mapping or FieldMapping(), now=now, **more)
        assert report.rows == report.imported + len(report.to_json()["skipped"])
        json.dumps(report.to_json())
        return result, report

    return run


def doubts(report):
    return [(p.row, p.code) for p in report.of(Action.DOUBT)]


def test_the_report_has_exactly_the_agreed_shape(add):
    _, report = add(imported_of([*points(1), None], problems=[Problem(2, Action.SKIPPED, "x", "No place.")]))
    assert report.to_json() == {
        "file": "sites.csv", "sha256": "ab" * 32, "kind": "humanitarian_site", "layer": "sites",
        "crs": {"code": "EPSG:4326", "how": "stated"}, "encoding": {"name": "utf-8", "how": "stated"},
        "rows": 2, "imported": 1, "repaired": [], "skipped": [{"row": 2, "why": "No place."}], "doubts": [],
    }  # fmt: skip
    assert report.summary().startswith("sites.csv: 1 of 2 rows imported, 1 skipped.")


def test_hours_that_cannot_be_read_are_kept_and_doubted_once_for_each_text(add):
    zones = [shapely.box(36, 32, 36.1, 32.1)] * 4
    written = ["Mo-Fr 22:00-06:00", "22-06", "22-06", None]
    imported = imported_of(zones, {"CURFEW": written})
    mapping = FieldMapping(fields={"active_hours": "CURFEW"})
    workspace, report = add(imported, Kind.MILITARY_ZONE, mapping)
    assert workspace.layers[0].table.fields["active_hours"].tolist() == [*written[:3], ""]
    (doubt,) = [p for p in report.of(Action.DOUBT) if p.code == "unread_hours"]
    assert doubt.row == 2
    assert "“22-06” (2 rows)" in doubt.what


def test_mapped_values_fill_fields_and_every_column_is_kept_verbatim(add):
    imported = imported_of(
        points(2),
        {
            "SID": [7.0, 8.0],
            "NAME": ["A", None],
            "TYPE": ["Clinic", "Bunker"],
            "POP": ["1,5", "many"],
            "X": [1, "z"],
        },
    )
    mapping = FieldMapping(
        source_id="SID",
        name="NAME",
        category="TYPE",
        fields={"population": "POP"},
        constants={"status": "open"},
    )
    workspace, report = add(imported, mapping=mapping, partner="Relief")
    table = workspace.layers[0].table
    assert table.source_id.tolist() == ["7", "8"]
    assert table.name.tolist() == ["A", ""]
    assert table.category.tolist() == ["health_facility", "Bunker"]
    assert table.fields["population"][0] == 1.5
    assert np.isnan(table.fields["population"][1])
    assert table.fields["status"].tolist() == ["open", "open"]
    assert {k: v.tolist() for k, v in table.attributes.items()} == {
        k: v.tolist() for k, v in imported.columns.items()
    }
    assert doubts(report) == [(2, "unknown_category"), (2, "bad_number")]
    assert workspace.sources[0].partner == "Relief"
    assert workspace.sources[0].report == report.to_json()
    assert workspace.source(table.source[0]) is workspace.sources[0]


def test_a_constant_wins_over_a_column_and_reaches_every_target(add):
    imported = imported_of(points(1), {"NAME": ["A"], "U": ["30"]})
    mapping = FieldMapping(
        name="NAME",
        fields={"uncertainty_m": "U"},
        constants={"name": "B", "label": "restricted", "category": "camp", "valid_to": "2026-03-01"},
    )
    workspace, _ = add(imported, mapping=mapping)
    feature = workspace.layers[0].table.row(0, SITE)
    assert (feature.name, feature.label, feature.category, feature.uncertainty_m) == (
        "B",
        "restricted",
        "camp",
        30.0,
    )
    assert feature.window.end.isoformat() == "2026-03-01T21:00:00+00:00"


def test_a_partner_word_can_be_given_a_code(add):
    workspace, report = add(
        imported_of(points(1), {"T": ["Bunker"]}),
        mapping=FieldMapping(category="T", categories={"Bunker": "other"}),
    )
    assert workspace.layers[0].table.category.tolist() == ["other"]
    assert not doubts(report)


def test_times_that_cannot_be_read_leave_the_end_open_with_a_doubt(add):
    imported = imported_of(points(2), {"F": ["2026-03-05", "soon"], "T": ["2026-03-01", None]})
    workspace, report = add(imported, mapping=FieldMapping(valid_from="F", valid_to="T"))
    table = workspace.layers[0].table
    assert np.isnat(table.valid_from[1])
    assert np.isnat(table.valid_to[1])
    assert table.attributes["F"][1] == "soon"
    assert doubts(report) == [(1, "reversed_dates"), (2, "unparsable_date")]


def test_ids_are_the_same_for_the_same_delivery_and_follow_the_partners_id(add):
    mapping = FieldMapping(source_id="ID")
    first, _ = add(imported_of(points(3), {"ID": ["a", "b", "c"]}), mapping=mapping, partner="P")
    again, _ = add(imported_of(points(3, lon=37), {"ID": ["c", "a", "b"]}), mapping=mapping, partner="P")
    ids = dict(zip(first.layers[0].table.source_id, first.layers[0].table.id, strict=True))
    assert dict(zip(again.layers[0].table.source_id, again.layers[0].table.id, strict=True)) == ids
    other, _ = add(imported_of(points(3), {"ID": ["a", "b", "c"]}), mapping=mapping, partner="Q")
    assert not set(other.layers[0].table.id) & set(ids.values())


def test_ids_are_unique_even_when_the_partners_are_not_and_a_file_comes_twice(add):
    imported = imported_of(points(4), {"ID": ["a", "a", None, None]})
    once, report = add(imported, mapping=FieldMapping(source_id="ID"))
    assert doubts(report) == [(2, "duplicate_id")]
    twice, _ = add(imported, mapping=FieldMapping(source_id="ID"), into=once)
    ids = [i for layer in twice.layers for i in layer.table.id]
    assert len(ids) == len(set(ids)) == 8
    assert [layer.name for layer in twice.layers] == ["sites", "sites (2)"]
    assert len({layer.id for layer in twice.layers}) == len({s.id for s in twice.sources}) == 2


def test_shapes_that_the_kind_does_not_have_are_skipped_with_the_reason(add):
    line = shapely.LineString([(36, 32), (36.1, 32)])
    _, report = add(imported_of([line, *points(1)]))
    assert report.to_json()["skipped"] == [
        {"row": 1, "why": "Humanitarian sites are points or areas; this row has lines."}
    ]


def test_a_mix_of_shapes_is_taken_apart_to_what_the_kind_has(add):
    mix = shapely.GeometryCollection(
        [shapely.Point(1, 1), shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])]
    )
    site, report = add(imported_of([mix]))
    assert site.layers[0].table.geometry[0].equals(shapely.box(0, 0, 1, 1))
    assert report.of(Action.REPAIRED)[0].code == "mixed_shape"
    movement, _ = add(imported_of([mix]), Kind.MOVEMENT)
    assert movement.layers[0].table.geometry[0].geom_type == "LineString"
    lines = shapely.GeometryCollection([shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])])
    _, report = add(imported_of([lines]), Kind.NO_STRIKE_AREA)
    assert report.imported == 0


def test_without_a_usable_row_the_report_is_kept_and_no_layer_made(add):
    nothing = imported_of([None], problems=[Problem(1, Action.SKIPPED, "x", "No place.")])
    workspace, report = add(nothing)
    assert (workspace.layers, len(workspace.sources), report.layer_id) == ((), 1, "")


def test_what_lies_outside_the_area_of_operations_is_doubted_with_a_proposal(add, workspace):
    spec = spec_of(Kind.AREA_OF_OPERATIONS)
    area = table_of(spec, [new_feature(spec.kind, shapely.box(35.5, 31.5, 37, 33))])
    base = workspace.with_layer(Layer("ao", spec.kind, "Area", area))
    _, report = add(
        imported_of([*points(1), shapely.Point(32.0004, 36.0002), shapely.Point(10.0001, 11.0002)]), into=base
    )
    assert doubts(report) == [(2, "swapped_axes"), (3, "outside_area")]
    assert "swapped" in report.of(Action.DOUBT)[0].proposal
    assert "swapped" not in report.of(Action.DOUBT)[1].proposal


def test_a_coarse_change_of_datum_is_doubted(add):
    _, report = add(imported_of(points(1), accuracy_m=20.0))
    assert doubts(report) == [(None, "datum_accuracy")]


def test_a_column_or_field_that_does_not_exist_is_refused(add):
    with pytest.raises(LayersError, match="no column"):
        add(imported_of(points(1), {"A": ["x"]}), mapping=FieldMapping(name="B"))
    with pytest.raises(LayersError, match="no field"):
        add(imported_of(points(1)), mapping=FieldMapping(constants={"bogus": "x"}))


@pytest.mark.parametrize(
    ("file", "shape", "columns", "kind"),
    [
        ("hospitals.csv", shapely.Point(1, 1), {}, Kind.HUMANITARIAN_SITE),
        ("convoys_week_3.kml", shapely.LineString([(0, 0), (1, 1)]), {}, Kind.MOVEMENT),
        ("no-strike list.shp", shapely.box(0, 0, 1, 1), {}, Kind.NO_STRIKE_AREA),
        ("firing zones.gpkg", shapely.box(0, 0, 1, 1), {}, Kind.MILITARY_ZONE),
        ("minefields.geojson", shapely.box(0, 0, 1, 1), {}, Kind.HAZARD),
        ("roads.shp", shapely.LineString([(0, 0), (1, 1)]), {}, Kind.REFERENCE),
        ("export.csv", shapely.Point(1, 1), {"type": ["School"]}, Kind.HUMANITARIAN_SITE),
        ("export.csv", shapely.Point(1, 1), {}, Kind.HUMANITARIAN_SITE),
        ("export.csv", shapely.LineString([(0, 0), (1, 1)]), {}, Kind.REFERENCE),
    ],
)
def test_the_kind_is_guessed_from_words_shapes_and_categories(file, shape, columns, kind):
    assert guess_kind(imported_of([shape], columns, file=file, layer="data")) is kind


def test_the_mapping_is_guessed_from_names_and_how_well_columns_are_filled():
    imported = imported_of(
        points(3),
        {
            "OBJECTID": [1, 2, 3], "FACILITY_ID": ["a", "b", "c"], "NAME_EN": ["A", "B", "C"],
            "NAME_AR": ["ا", "ب", "ت"],
            "TYPE": ["School", "Clinic", "Vacant"], "START_DATE": ["2026-01-01"] * 3, "END_DATE": [None] * 3,
            "OPERATOR": ["X"] * 3, "FUNCTIONAL": ["Functional"] * 3, "POP": ["12", "", "x"],
        },
    )  # fmt: skip
    mapping = guess_mapping(imported, spec_of(SITE))
    assert mapping.source_id == "FACILITY_ID"
    assert mapping.name == "NAME_EN"
    assert mapping.category == "TYPE"
    assert mapping.categories == {"School": "school", "Clinic": "health_facility"}
    assert (mapping.valid_from, mapping.valid_to) == ("START_DATE", "END_DATE")  # it may be filled next time
    assert mapping.fields == {"organisation": "OPERATOR", "status": "FUNCTIONAL", "population": "POP"}


def test_the_local_name_wins_when_the_english_one_is_hardly_filled():
    imported = imported_of(points(3), {"NAME_EN": ["A", None, None], "NAME_AR": ["ا", "ب", "ت"]})
    assert guess_mapping(imported, spec_of(SITE)).name == "NAME_AR"


def test_an_id_must_be_unique_and_filled():
    imported = imported_of(points(2), {"ID": ["a", "a"], "CODE": ["x", "y"]})
    assert guess_mapping(imported, spec_of(SITE)).source_id == "CODE"


def test_200_000_points_take_seconds(add):
    n = 200_000
    imported = replace(
        imported_of([], {}),
        rows=n,
        geometry=shapely.points(36 + np.arange(n) / 1e6, np.full(n, 32.0)),
        row=np.arange(1, n + 1),
        columns={
            "ID": column(*map(str, range(n))),
            "NAME": column(*(f"Site {i}" for i in range(n))),
            "TYPE": column(*["School", "Clinic"] * (n // 2)),
            "FROM": column(*["2026-01-01"] * n),
        },
    )
    begun = time.monotonic()
    mapping = guess_mapping(imported, spec_of(SITE))
    _, report = add(imported, mapping=mapping)
    assert report.imported == n
    assert time.monotonic() - begun < 60  # 3 s on a free core
