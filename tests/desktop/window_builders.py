"""Small values for the tests of the window: schools, a zone, many sites."""

from datetime import UTC, datetime

import numpy as np
import shapely

from layers.kinds import spec_of
from layers.model import FeatureTable, Kind, Layer, Source, new_feature, read_only, table_of

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)
HOSTILE = "<b>bold</b><img src='file:///etc/passwd'> & ${7*7} {{7*7}}"


def make_site(number, name, **more):
    return new_feature(
        Kind.HUMANITARIAN_SITE,
        shapely.Point(20 + number / 100, 45),
        feature_id=f"s{number}",
        name=name,
        **{"category": "school", "source_id": f"P-{number}", **more},
    )


def make_layer(layer_id, name, features, kind=Kind.HUMANITARIAN_SITE, **more):
    return Layer(layer_id, kind, name, table_of(spec_of(kind), features), **more)


def make_zone(number, name, west, south, size=0.05):
    return new_feature(
        Kind.MILITARY_ZONE,
        shapely.box(west, south, west + size, south + size),
        feature_id=f"z{number}",
        name=name,
        category="firing",
    )


def many_sites(count):
    """A table of `count` sites, made without a Python object a row."""
    rng = np.random.default_rng(7)
    one = table_of(spec_of(Kind.HUMANITARIAN_SITE), [make_site(0, "x")])
    table = one.take(np.zeros(count, dtype=np.int64))
    names = np.array([f"Site {i:05d}" for i in rng.permutation(count)], dtype=object)
    return FeatureTable(
        id=read_only(np.array([f"m{i}" for i in range(count)], dtype=object)),
        source_id=table.source_id,
        geometry=read_only(shapely.points(20 + rng.random(count), 45 + rng.random(count))),
        name=read_only(names),
        category=table.category,
        label=table.label,
        valid_from=table.valid_from,
        valid_to=table.valid_to,
        uncertainty_m=table.uncertainty_m,
        source=table.source,
        source_row=table.source_row,
        fields=table.fields,
        attributes={"remark": read_only(np.array([f"r{i % 97}" for i in range(count)], dtype=object))},
    )


def file_left_out(kind, rows):
    """Return a partner file none of whose rows could be imported."""
    return Source(
        id="left-out", file="later.csv", sha256="", partner="P", imported_at=NOW, format="csv", crs="",
        crs_how="", encoding="", encoding_how="", rows=rows, imported=0, report={"kind": kind.value},
    )  # fmt: skip
