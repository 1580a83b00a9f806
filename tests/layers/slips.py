"""A seeded list of sites with 30 slips that people make, and what is right to say about each."""

import csv
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import shapely

from layers.kinds import spec_of
from layers.model import FieldMapping, Kind, Layer, Mode, new_feature, new_workspace, table_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAPPING = FieldMapping(
    source_id="id", name="name", category="type", valid_from="from", valid_to="to",
    fields={"organisation": "org"},
)  # fmt: skip
_FIRST = "Amber,Birch,Cedar,Dahlia,Ember,Fig,Garnet,Hazel,Iris,Juniper,Kestrel,Linden,Maple,Nettle,Olive"
_SECOND = "Bridge,Cross,Ford,Gate,Hill,Lodge,Mill,Orchard,Quarry,Ridge,Spring,Terrace"
_AREA = shapely.box(34.0, 31.2, 37.5, 33.4)
_DISTRICTS = {
    "West Valley": shapely.box(35.5, 31.2, 36.2, 33.4),
    "East Plain": shapely.box(36.2, 31.2, 37.5, 33.4),
}
_THERE = ("Rabat Polyclinic Sahar", 36.71234, 33.21234)


@dataclass(frozen=True)
class Slip:
    """A row that is wrong, and the doubt and the fix that are right for it."""

    row: int
    code: str
    fix: object


def workspace():
    """An operation with an area, two districts and one site."""

    def layer(layer_id, kind, *features):
        return Layer(layer_id, kind, layer_id, table_of(spec_of(kind), features))

    area = new_feature(Kind.AREA_OF_OPERATIONS, _AREA, feature_id="area")
    districts = [
        new_feature(Kind.REFERENCE, shape, feature_id=name, name=name, attributes={"PCODE": f"D{n}"})
        for n, (name, shape) in enumerate(_DISTRICTS.items())
    ]
    there = new_feature(
        Kind.HUMANITARIAN_SITE, shapely.Point(_THERE[1:]), feature_id="there", name=_THERE[0],
        category="health_facility",
    )  # fmt: skip
    return replace(
        new_workspace("Slips", Mode.TEST, NOW, "UTC"),
        layers=(
            layer("area", Kind.AREA_OF_OPERATIONS, area),
            layer("districts", Kind.REFERENCE, *districts),
            layer("known sites", Kind.HUMANITARIAN_SITE, there),
        ),
    )


def build(path, seed=30, clean=120):
    """Write the list to `path` as CSV and return its slips, by row."""
    rng = random.Random(seed)
    names = [f"{a} {b}" for a in _FIRST.split(",") for b in _SECOND.split(",")]
    rng.shuffle(names)
    cells = [(35.6 + i * 0.031, 31.3 + j * 0.033) for i in range(17) for j in range(50)]
    rng.shuffle(cells)
    rows = []

    def site(**changes):
        lon, lat = cells.pop()
        number = len(rows) + 1
        lon, lat = lon + rng.uniform(1e-4, 9e-4), lat + rng.uniform(1e-4, 9e-4)
        row = {
            "id": f"S-{number:03}", "name": names.pop(), "type": rng.choice(["school", "clinic", "office"]),
            "district": "West Valley" if lon < 36.2 else "East Plain", "org": "Relief",
            "lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "from": "2026-10-01", "to": "2026-12-31",
        } | changes  # fmt: skip
        rows.append(row)
        return row

    base = [site() for _ in range(clean)]
    wrong = [*_misplaced(site), *_twins(site, base, rng), *_coarse_and_dated(site)]
    # What a twin is compared with must come first in the file; everything else may lie anywhere.
    rest = rows[clean:]
    rng.shuffle(rest)
    order = base + rest
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(order[0]))
        writer.writeheader()
        writer.writerows(order)
    place = {id(row): number for number, row in enumerate(order, 1)}
    slips = [Slip(place[id(row)], code, place[id(fix)] if fix in base else fix) for row, code, fix in wrong]
    assert len(slips) == 30
    return slips


def _misplaced(site):
    """Yield 17 rows that lie in the wrong place."""

    def mirrored(code, fix, change):
        row = site()
        row["lon"], row["lat"] = change(row["lon"], row["lat"])
        return row, code, fix

    for _ in range(3):
        yield mirrored("swapped_axes", {"swap": True}, lambda x, y: (y, x))
    for _ in range(2):
        yield mirrored("flipped_sign", {"flip": "lon"}, lambda x, y: (f"-{x}", y))
    yield mirrored("flipped_sign", {"flip": "lat"}, lambda x, y: (x, f"-{y}"))
    yield mirrored("flipped_sign", {"flip": "both"}, lambda x, y: (f"-{x}", f"-{y}"))
    for _ in range(2):
        yield mirrored("null_island", {"drop": True}, lambda _x, _y: ("0", "0"))
    for _ in range(2):
        yield mirrored("equal_lat_lon", {"drop": True}, lambda x, _y: (x, x))
    yield site(lon="34.21231", lat="32.51237"), "in_the_sea", None
    yield site(lon="34.05431", lat="33.12347"), "in_the_sea", None
    yield site(lon="46.21231", lat="24.71237"), "outside_area", None
    yield site(lon="36.21232", lat="36.91237"), "outside_area", None
    for _ in range(2):
        row = site()
        row["district"] = "East Plain" if row["district"] == "West Valley" else "West Valley"
        if abs(float(row["lon"]) - 36.2) < 0.05:
            row["lon"] = f"{float(row['lon']) - 0.12341:.5f}"
            row["district"] = "East Plain"
        yield row, "wrong_admin_area", None


def _twins(site, base, rng):
    """Yield six rows that are there twice."""
    near = 0.00061  # degrees: some 60 m

    def beside(other, name, **changes):
        place = {
            "lon": f"{float(other['lon']) + near:.5f}",
            "district": other["district"],
            "lat": other["lat"],
        }
        return site(**place | {"name": name, "type": other["type"]} | changes)

    originals = rng.sample(base, 5)
    originals[2]["name"] = "Al Noor school"
    originals[2]["type"] = "school"
    words = originals[0]["name"].split()
    yield (
        beside(originals[0], f"{words[0][:-2]}{words[0][-1]}{words[0][-2]} {words[1]}"),
        "duplicate",
        originals[0],
    )
    yield beside(originals[1], f"{originals[1]['name'].upper()} Office"), "duplicate", originals[1]
    yield beside(originals[2], "مدرسة النور"), "duplicate", originals[2]
    _, lon, lat = _THERE
    there = {"lon": f"{lon}", "lat": f"{lat + near:.5f}", "district": "East Plain", "type": "clinic"}
    yield site(name="Rabat Sahaar", **there), "duplicate", "there"
    for original in originals[3:]:
        place = {"lon": original["lon"], "lat": original["lat"], "district": original["district"]}
        yield site(**place), "same_position", None


def _coarse_and_dated(site):
    """Yield seven rows that are too coarse, or have odd dates."""
    yield site(lon="36.81", lat="32.22", district="East Plain"), "coarse_position", {"uncertainty_m": 731.0}
    yield site(lon="36.7", lat="32.4", district="East Plain"), "coarse_position", {"uncertainty_m": 7312.0}

    def window(start, end):
        return {"window": {"from": f"{start}T00:00:00Z", "to": f"{end}T00:00:00Z"}}

    dated = "2026-12-05", "2026-11-02"
    yield site(**{"from": dated[0], "to": dated[1]}), "reversed_dates", window("2026-11-02", "2026-12-06")
    yield (
        site(**{"from": "2027-01-10", "to": "2026-01-20"}),
        "reversed_dates",
        window("2026-01-20", "2027-01-11"),
    )
    yield site(**{"to": "2062-12-31"}), "far_dates", window("2026-10-01", "2027-01-01")
    yield site(**{"from": "1926-10-01"}), "far_dates", window("2026-10-01", "2027-01-01")
    readings = {
        "day_first": {"from": "2026-10-01T00:00:00Z", "to": "2027-01-05T00:00:00Z"},
        "month_first": {"from": "2026-10-01T00:00:00Z", "to": "2027-04-02T00:00:00Z"},
    }
    yield site(to="04/01/2027"), "ambiguous_date", {"day_first": True, "windows": readings}
