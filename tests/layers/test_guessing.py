"""What a partner's columns are guessed to hold: by tags, names and values."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.conversion import match_code
from layers.guessing import guess_mapping
from layers.guessing_values import TARGETS
from layers.importing import add_to_workspace
from layers.kinds import spec_of
from layers.model import Kind, Mode, new_workspace
from layers.reading import Action, Decided, Imported, ReadOptions, open_any

SITE = spec_of(Kind.HUMANITARIAN_SITE)
AREA = spec_of(Kind.NO_STRIKE_AREA)
_SAMPLES = Path(str(files("resources"))) / "samples"
_EXERCISE = tomllib.loads((_SAMPLES / "exercise.toml").read_text("utf-8"))["files"]


def table(columns, tags=None, **more):
    n = len(next(iter(columns.values())))
    data = {}
    for name, values in columns.items():
        data[name] = np.empty(n, dtype=object)
        data[name][:] = values
    return Imported(
        file="list.csv", sha256="0" * 64, format="csv", layers=("list",), layer="list", rows=n,
        geometry=shapely.points(36 + np.arange(n) / 100, np.full(n, 32.0)), row=np.arange(1, n + 1),
        columns=data, crs=Decided("EPSG:4326", "stated"), encoding=Decided("utf-8", "stated"),
        accuracy_m=0.0, tags=tags or {}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("item", _EXERCISE, ids=lambda item: item["file"])
def test_the_exercise_is_mapped_without_help(item):
    imported = open_any(_SAMPLES / item["file"], ReadOptions(encoding=item.get("encoding")))
    guess = guess_mapping(imported, spec_of(Kind(item["kind"])))
    wanted = {target: item["mapping"].get(target) for target in TARGETS}
    if wanted["category"] is None:
        wanted["category"] = guess.category
    assert {target: getattr(guess, target) for target in TARGETS} == wanted
    given = item["mapping"].get("fields", {})
    filled = {column for column, values in imported.columns.items() if any(values.tolist())}
    fields = {name: column for name, column in given.items() if column in filled}
    assert {name: guess.fields.get(name) for name in fields} == fields


def test_a_field_of_the_kind_is_no_id():
    columns = {"SITE_ID": ["s1", "s2", "s3"], "NSA_ID": ["n1", "n2", "n3"]}
    guess = guess_mapping(table(columns), AREA)
    assert (guess.source_id, guess.fields["site_id"]) == ("NSA_ID", "SITE_ID")
    assert guess_mapping(table(columns), SITE).source_id == "SITE_ID"


def test_the_complete_and_unique_column_is_the_id():
    columns = {"ID": ["a", "a", "b"], "ZONE_ID": ["x", "y", "z"], "OBJECTID": [1, 2, 3]}
    assert guess_mapping(table(columns), SITE).source_id == "ZONE_ID"
    assert guess_mapping(table({"CODE": ["a", "b", None], "FID": [1, 2, 3]}), SITE).source_id == "FID"


def test_one_id_given_twice_does_not_cost_the_ids_of_a_long_list():
    ids = [f"F-{n}" for n in range(39)] + ["F-7"]
    assert guess_mapping(table({"ID": ids}), SITE).source_id == "ID"


def test_a_column_that_holds_nothing_yet_is_taken_for_what_it_is_called():
    empty = {"type": [None] * 3, "valid_to": [""] * 3, "standoff_m": [None] * 3, "uncertainty_m": [None] * 3}
    mapping = guess_mapping(table({"id": ["a", "b", "c"], "end_date": ["2026-05-01"] * 3, **empty}), SITE)
    assert (mapping.category, mapping.valid_to) == ("type", "end_date")
    assert mapping.fields == {"standoff_m": "standoff_m", "uncertainty_m": "uncertainty_m"}


def test_a_column_that_is_only_filled_far_down_a_long_list_is_not_lost(now):
    n = 6_000
    imported = table({"name": [f"Well {i}" for i in range(n)], "standoff_m": [""] * (n - 1) + ["900"]})
    mapping = guess_mapping(imported, SITE)
    workspace = new_workspace("T", Mode.TEST, now, "UTC")
    workspace, _ = add_to_workspace(workspace, imported, SITE.kind, mapping, now=now)
    assert workspace.layers[0].table.fields["standoff_m"][-1] == 900.0


def test_hxl_tags_come_before_names():
    columns = {
        "name": ["x1", "x2", "x3"], "site": ["A", "B", "C"], "k": ["clinic", "school", "school"],
        "who": ["WHO"] * 3, "when": ["2026-01-01"] * 3, "pc": ["SY01", "SY01", "SY02"], "n": [1, 2, 3],
    }  # fmt: skip
    tags = {
        "name": "#loc +code", "site": "#loc +name", "k": "#loc+type", "who": "#org", "when": "#date +start",
        "pc": "#adm1+code", "n": "#affected",
    }  # fmt: skip
    guess = guess_mapping(table(columns, tags), SITE)
    assert [getattr(guess, target) for target in TARGETS] == ["name", "site", "k", "when", None]
    assert guess.fields == {"organisation": "who", "p_code": "pc", "population": "n"}


def test_columns_with_meaningless_names_are_told_by_their_values():
    columns = {
        "a": ["HF-001", "HF-002", "HF-003", "HF-004"],
        "b": ["Amber hill", "Birch ford", "Cedar gate", "Dahlia mill"],
        "c": ["Escuela", "Centro de salud", "Escuela", "Escuela"],
        "d": ["25/03/2026", "01/04/2026", "02/04/2026", "03/04/2026"],
        "e": ["26/05/2026", "01/06/2026", "02/06/2026", "03/07/2026"],
        "f": ["+962 79 123 4567", "ana@example.org", "+962 79 765 4321", "+962 6 555 0101"],
        "g": ["JO1102", "JO1102", "JO1103", "JO1103"],
    }
    guess = guess_mapping(table(columns), SITE)
    assert [getattr(guess, target) for target in TARGETS] == ["a", "b", "c", "d", "e"]
    assert guess.categories == {"Escuela": "school", "Centro de salud": "health_facility"}
    assert guess.fields == {"contact": "f", "p_code": "g"}


def test_values_that_leave_doubt_are_not_guessed():
    columns = {
        "x1": ["12", "15", "15", "9"],
        "last_update": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
        "created": ["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04"],
        "answer": ["yes", "no", "no", "yes"],
    }
    guess = guess_mapping(table(columns), SITE)
    assert [getattr(guess, target) for target in TARGETS] == [None] * 5
    assert not guess.fields


def test_the_columns_of_the_position_hold_nothing_else():
    columns = {"code": ["a1", "a2", "a3"], "name": ["A", "B", "C"]}
    imported = replace(table(columns), x_field="code", y_field=None)
    assert guess_mapping(imported, SITE).source_id is None


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Hôpital", "hospital"), ("HOPITAL", "hospital"), ("Больница", "hospital"), ("Лікарня", "hospital"),
        ("مستشفى", "hospital"), ("Escuela", "school"), ("École", "school"), ("Schools", "school"),
        ("Centre de santé", "health_facility"), ("centro de salud", "health_facility"),
        ("عيادة", "health_facility"),
        ("Свердловина", "water_point"), ("свердло", None),
        ("Водозабор", "water_point"), ("مخبز", "market"), ("Табір", "camp"), ("bunker", None),
    ],
)  # fmt: skip
def test_partner_words_in_several_languages_are_codes(word, code):
    assert match_code(word, SITE.categories) == code


def test_no_word_belongs_to_two_codes():
    from layers.conversion import folded
    from layers.kinds import KINDS

    for spec in KINDS:
        for codes in (spec.categories, *(item.codes for item in spec.fields)):
            owner = {}
            for code in codes:
                for word in {folded(w) for w in (code.id, code.label, *code.synonyms)}:
                    assert owner.setdefault(word, code.id) == code.id, (spec.kind, word)


@pytest.mark.parametrize(
    ("column", "values", "again"),
    [
        ("id", ["D3"], "D3"),
        ("id", ["D9"], None),
        ("code", ["D3"], None),
        ("id", ["D1"] * 12, None),
    ],
)
def test_an_id_that_comes_again_is_not_taken_and_that_is_said(now, column, values, again):
    ids = [f"D{n}" for n in range(9)] + values
    imported = table({column: ids, "name": [f"Site {n}" for n in range(len(ids))]})
    workspace = new_workspace("Test", Mode.TEST, now, "UTC")
    mapping = guess_mapping(imported, SITE)
    _, report = add_to_workspace(workspace, imported, Kind.HUMANITARIAN_SITE, mapping, now=now)
    said = [p.what for p in report.of(Action.DOUBT) if p.code == "duplicate_id"]
    what = f"“id” is not used as the partner's id: values come again in it, such as “{again}”."
    assert said == ([what] if again else [])


@pytest.mark.parametrize(
    ("kind", "column", "field"),
    [
        (Kind.HUMANITARIAN_SITE, "Stand-off [m]", "standoff_m"),
        (Kind.HUMANITARIAN_SITE, "Safety distance (metres)", "standoff_m"),
        (Kind.MILITARY_ZONE, "Upper limit (m)", "upper_m"),
        (Kind.MOVEMENT, "Max speed (km/h)", "speed_max_kmh"),
        (Kind.HUMANITARIAN_SITE, "Accuracy", "uncertainty_m"),
        (Kind.HUMANITARIAN_SITE, "uncertainty (m)", "uncertainty_m"),
    ],
)
def test_a_column_that_names_the_unit_of_its_field_is_read(kind, column, field):
    mapping = guess_mapping(table({"id": ["a", "b"], column: ["20", "35"]}), spec_of(kind))
    assert mapping.fields.get(field) == column


def test_words_about_how_accurate_a_position_is_are_no_metres():
    assert guess_mapping(table({"id": ["a", "b"], "accuracy": ["good", "low"]}), SITE).fields == {}


@pytest.mark.parametrize(
    ("kind", "column", "what"),
    [
        (Kind.HUMANITARIAN_SITE, "Stand-off (km)", "Stand-off, which is in m"),
        (Kind.HUMANITARIAN_SITE, "buffer_km", "Stand-off, which is in m"),
        (Kind.HUMANITARIAN_SITE, "accuracy_ft", "Uncertainty, which is in m"),
        (Kind.MILITARY_ZONE, "floor_ft", "Lower limit, which is in m"),
        (Kind.MOVEMENT, "speed (kn)", "Fastest speed, which is in km/h"),
    ],
)
def test_a_column_in_another_unit_is_not_read_and_that_is_said(now, kind, column, what):
    imported = table({"id": ["a", "b"], column: ["2", "3"]})
    mapping = guess_mapping(imported, spec_of(kind))
    assert mapping.fields == {}
    workspace = new_workspace("Test", Mode.TEST, now, "UTC")
    _, report = add_to_workspace(workspace, imported, kind, mapping, now=now)
    said = [p.what for p in report.of(Action.DOUBT) if p.code == "other_unit"]
    assert said == [f"“{column}” is not read as {what}."]
