"""Workspaces to keep, and a comparison to the last bit."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely

from layers.findings import (
    Change,
    Coverage,
    CoverageState,
    Decision,
    DecisionType,
    Finding,
    FindingRecord,
    FindingState,
    RunRecord,
    Severity,
    SideCoverage,
    Subject,
    Verdict,
)
from layers.kinds import spec_of
from layers.model import (
    BASE_COLUMNS,
    Confirmation,
    FeatureTable,
    FieldMapping,
    Kind,
    Layer,
    Mode,
    PartnerProfile,
    ReleaseRecord,
    RulebookVersion,
    RuleSettings,
    Source,
    new_feature,
    new_workspace,
    table_of,
)
from layers.volume import Window

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SITE = spec_of(Kind.HUMANITARIAN_SITE)


def site(number, **changes):
    values = {
        "feature_id": f"site{number:05d}",
        "source_id": f"F-{number}",
        "name": f"مركز صحي {number}",
        "category": "hospital",
        "window": Window(NOW, NOW + timedelta(days=number % 7)),
        "uncertainty_m": 11.0,
        "fields": {"organisation": "WHO", "population": number},
        "attributes": {"Nom": f"n{number}", "count": number, "ratio": number / 3, "gone": None},
    }
    return new_feature(Kind.HUMANITARIAN_SITE, shapely.Point(36 + number / 1e4, 32), **(values | changes))


def layer_of(n, layer_id="sites", name="Sites"):
    return Layer(layer_id, Kind.HUMANITARIAN_SITE, name, table_of(SITE, [site(i) for i in range(n)]))


def workspace_of(*layers):
    return replace(new_workspace("Exercise Olive", Mode.EXERCISE, NOW, "Asia/Amman"), layers=layers)


def edited(workspace, rows, **changes):
    """The workspace with some rows of its first layer changed."""
    layer = workspace.layers[0]
    features = [layer.table.row(i, layer.kind).with_changes(**changes) for i in rows]
    return workspace.with_layer(replace(layer, table=layer.table.with_features(features)))


def column_equal(a, b):
    if a.dtype != object:
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    return len(a) == len(b) and all(cell_equal(x, y) for x, y in zip(a, b, strict=True))


def cell_equal(x, y):
    if isinstance(x, shapely.Geometry) or isinstance(y, shapely.Geometry):
        return (
            x is not None
            and y is not None
            and shapely.to_wkb(x, flavor="iso") == shapely.to_wkb(y, flavor="iso")
        )
    if isinstance(x, float) and isinstance(y, float):
        return x == y or (x != x and y != y)
    return type(x) is type(y) and x == y


def assert_same(a, b, path="workspace"):
    """Compare two values to the last bit, down to columns and geometries."""
    if isinstance(a, FeatureTable):
        for name in BASE_COLUMNS:
            assert column_equal(getattr(a, name), getattr(b, name)), f"{path}.{name}"
        for group in ("fields", "attributes"):
            assert list(getattr(a, group)) == list(getattr(b, group)), f"{path}.{group}"
            for name, column in getattr(a, group).items():
                assert column_equal(column, getattr(b, group)[name]), f"{path}.{group}.{name}"
    elif isinstance(a, (shapely.Geometry, float)):
        assert cell_equal(a, b), path
    elif is_dataclass(a):
        assert type(a) is type(b), path
        for item in fields(a):
            assert_same(getattr(a, item.name), getattr(b, item.name), f"{path}.{item.name}")
    elif isinstance(a, tuple):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{path}[{i}]")
    elif hasattr(a, "items"):
        assert list(a) == list(b), path
        for key, value in a.items():
            assert_same(value, b[key], f"{path}[{key!r}]")
    else:
        assert type(a) is type(b), path
        assert a == b, path


def full_workspace():
    """A workspace that uses everything the model can say."""
    source = Source(
        "src1", "Камп 2017.zip", "ab" * 32, "UNHCR", NOW, "shapefile", "EPSG:32637", "from the .prj",
        "utf-8", "bytes are valid UTF-8", 208, 200, {"skipped": [{"row": 3, "why": "no geometry"}], "n": 1.5},
    )  # fmt: skip
    subject = Subject("humanitarian_site", "site00001", "F-1", "مستشفى", "Sites", "0011")
    finding = Finding(
        "k1", "zone_within_standoff_of_site", Severity.HIGH, Verdict.POSSIBLE, (subject, subject), 412.25,
        500.0, None, None, Window(None, NOW), shapely.LineString([(36, 32), (36.1, 32.1)]),
        "Too near.", "Move it.",
    )  # fmt: skip
    unknown = replace(
        finding, key="k2", verdict=Verdict.UNKNOWN, where=None, distance_m=None, window=Window()
    )
    side = SideCoverage(("humanitarian_site",), 12, {"no geometry": 2})
    coverage = Coverage(
        "r1", CoverageState.DONE, side, None, 9, 8, 1, ("placeholder",), {"standoff_m": 500.0}
    )
    blocked = Coverage("r2", CoverageState.BLOCKED, side, side, 0, 0, 0)
    decision = Decision(
        "k1",
        DecisionType.MITIGATE,
        "Maj. Ødegård",
        NOW,
        "moved",
        NOW + timedelta(days=2),
        ("a", "b"),
        {"x": 1.0},
    )
    settings_ = RuleSettings(False, {"standoff_m": 750.0}, {"standoff_m": Confirmation(750.0, "Col. X", NOW)})
    polygon = shapely.box(36, 32, 36.1, 32.1).difference(shapely.box(36.02, 32.02, 36.03, 32.03))
    zone = new_feature(
        Kind.MILITARY_ZONE, shapely.MultiPolygon([polygon]), feature_id="z1", fields={"unit": "1 Bn"}
    )
    zones = Layer(
        "zones", Kind.MILITARY_ZONE, "Zones", table_of(spec_of(Kind.MILITARY_ZONE), [zone]), False, True
    )
    return replace(
        workspace_of(layer_of(5), zones, layer_of(0, "empty", "Nothing yet")),
        sources=(source,),
        rules={"zone_within_standoff_of_site": settings_, "another": RuleSettings()},
        runs=(
            RunRecord("run1", NOW, None, "0.1", (coverage, blocked), 1, 2, 3, 4),
            RunRecord("run2", NOW, NOW, "0.1", ()),
        ),
        findings=(
            FindingRecord(finding, FindingState.OPEN, Change.NEW, "run1", "run1"),
            FindingRecord(unknown, FindingState.NOT_RETESTED, Change.PERSISTENT, "run1", "run1", "off"),
        ),
        decisions=(decision, replace(decision, expires=None, lapsed="expired")),
        releases=(ReleaseRecord("R1", "ocha", NOW, "Maj. Y", "", {"a.gpkg": "00" * 32}, {"sites": 5}),),
        partners=(
            PartnerProfile(
                "منظمة", Kind.HUMANITARIAN_SITE, "csv", "Sites",
                FieldMapping("ID", "Nom", None, fields={"population": "Pop"}, categories={"Schul": "school"}),
                "EPSG:32637", "cp1256", "Feuille 1", 3, "X", None, ("ID", "Nom", "Pop", "X"), "sites",
            ),
            PartnerProfile("ICRC", Kind.NO_STRIKE_AREA, "shapefile", "Areas"),
        ),
        rulebook=(RulebookVersion(1, NOW, "Майор Новак", "بعد الاجتماع", "[rulebook]\nformat = 1\n"),),
    )  # fmt: skip
