"""Make `resources/samples/`: partner files of an invented exercise, as partners really send them.

Run `python -m resources.build.make_samples` from the repository root. The same seed writes the same bytes.
"""

import shutil
from random import Random
from typing import Any

import shapely

from resources.build.archives import RESOURCES
from resources.build.sample_cast import Story
from resources.build.sample_files import Column, geojson, kml, shapefile_zip, table
from resources.build.sample_layout import Thing
from resources.build.sample_story import tell
from resources.build.sample_words import ARABIC_NOTES, ORGANISATIONS, TOWNS, phone

SEED = 20260101
FOLDER = RESOURCES / "samples"
HEALTH = ("hospital", "health_facility")
COMMUNITY = ("school", "camp", "community", "cultural", "worship")


def main() -> None:
    """Write every file but the texts that were written by hand (README.md, exercise.toml)."""
    story = tell(Random(SEED))
    _health_sites(story)
    _community_sites(story)
    _relief_sites(story)
    _areas(story)
    _zones(story)
    geojson(FOLDER / "ex_projects.geojson", "EXERCISE projects", story.projects)
    geojson(FOLDER / "ex_hazards.geojson", "EXERCISE hazards", story.hazards)
    kml(FOLDER / "ex_movements.kml", "EXERCISE movements", story.movements, folder_of="organisation")
    _frame(story)
    _points(story)


def _pick(story: Story, categories: tuple[str, ...]) -> list[Thing]:
    return [site for site in story.sites if site.facts["category"] in categories]


def _health_sites(story: Story) -> None:
    """A shapefile in Windows Cyrillic that does not say so, zipped on a Mac in a nested folder."""
    sites = _pick(story, HEALTH)
    columns = (
        Column("SITE_ID", "id"),
        Column("NAME", "name"),
        Column("TYPE", "type"),
        Column("OPERATOR", "organisation"),
        Column("CONTACT", "contact"),
        Column("STATUS", "status"),
        Column("VERIFIED", "verification"),
        Column("UNCERT_M", "uncertainty_m", "number"),
        Column("STANDOFF_M", "standoff_m", "number"),
        Column("DATE_FROM", "from", "date"),
        Column("DATE_TO", "to", "date"),
    )
    # An Arabic name has no place in Windows Cyrillic: this partner writes its own in Latin letters.
    sites = [_with(site, organisation=_latin(site.facts["organisation"])) for site in sites]
    shapefile_zip(
        FOLDER / "ex_sites_health.zip", "EX_HEALTH", "Point", sites, columns,
        encoding="cp1251", silent=True, folder="export 2026/shp", junk=True,
    )  # fmt: skip


def _latin(organisation: str) -> str:
    return organisation if all(ord(letter) < 0x600 for letter in organisation) else "Exercise Relief (AR)"


def _with(thing: Thing, **facts: Any) -> Thing:
    return Thing(thing.geometry, thing.facts | facts)


def _community_sites(story: Story) -> None:
    """A shapefile in UTF-8 that says so; the last two rows came without a position."""
    sites = _pick(story, COMMUNITY)
    lost = [
        Thing(None, sites[i].facts | {"id": f"EX-HS-9{i:03d}", "name": "Училище без координати (учение)"})
        for i in (1, 2)
    ]
    columns = (
        Column("ID", "id"),
        Column("NAME_BG", "name"),
        Column("CATEGORY", "type"),
        Column("ORG", "organisation"),
        Column("POC", "contact"),
        Column("STATUS", "status"),
        Column("VERIFIED", "verification"),
        Column("PEOPLE", "people", "integer"),
        Column("UNCERT_M", "uncertainty_m", "number"),
        Column("STANDOFF_M", "standoff_m", "number"),
        Column("FROM", "from", "date"),
        Column("TO", "to", "date"),
    )
    shapefile_zip(
        FOLDER / "ex_sites_community.zip", "EX_COMMUNITY", "Point", [*sites, *lost], columns, encoding="UTF-8"
    )


def _relief_sites(story: Story) -> None:
    """A CSV of longitudes and latitudes in several scripts, with a row at 0/0 and one that is broken."""
    relief = [site for site in story.sites if site.facts["category"] not in (*HEALTH, *COMMUNITY)]
    rows = [
        _with(site, note=ARABIC_NOTES[i % len(ARABIC_NOTES)], type=site.facts["category"].replace("_", " "))
        for i, site in enumerate(relief)
    ]
    extra = {
        "from": "2026-01-01",
        "type": "warehouse",
        "organisation": ORGANISATIONS[0],
        "note": ARABIC_NOTES[0],
    }
    zero = Thing(shapely.Point(0, 0), extra | {"id": "EX-HS-9901", "name": "Склад без GPS (учение)"})
    broken = Thing(None, extra | {"id": "EX-HS-9902", "name": "Склад непълен ред (учение)"})
    columns = (
        ("site_id", "id"), ("name", "name"), ("site_type", "type"), ("organisation", "organisation"),
        ("phone", "contact"), ("status", "status"), ("verified", "verification"), ("beneficiaries", "people"),
        ("uncertainty_m", "uncertainty_m"), ("standoff_m", "standoff_m"), ("valid_from", "from"),
        ("valid_to", "to"), ("notes", "note"),
    )  # fmt: skip
    table(FOLDER / "ex_sites_relief.csv", [*rows, zero, broken], columns)


def _areas(story: Story) -> None:
    columns = (
        Column("NSA_ID", "id"),
        Column("NAME", "name"),
        Column("TYPE", "type"),
        Column("SITE_ID", "sites"),
        Column("ISSUED_BY", "issued_by"),
        Column("CONTACT", "contact"),
        Column("VALID_FROM", "from", "date"),
        Column("VALID_TO", "to", "date"),
    )
    shapefile_zip(
        FOLDER / "ex_no_strike_areas.zip", "EX_NSA", "Polygon", story.areas, columns, encoding="UTF-8"
    )


def _zones(story: Story) -> None:
    """Times are text: a shapefile knows dates only. The last row has lost its outline."""
    lost = Thing(None, story.zones[-1].facts | {"id": "EX-MZ-099", "name": "EXERCISE zone without outline"})
    columns = (
        Column("ZONE_ID", "id"),
        Column("NAME", "name"),
        Column("ZONE_TYPE", "type"),
        Column("UNIT", "unit"),
        Column("STATUS", "status"),
        Column("CONTACT", "contact"),
        Column("REMARKS", "remarks"),
        Column("DTG_FROM", "from"),
        Column("DTG_TO", "to"),
    )
    shapefile_zip(
        FOLDER / "ex_military_zones.zip", "EX_ZONES", "Polygon", [*story.zones, lost], columns,
        encoding="UTF-8", junk=True,
    )  # fmt: skip


def _frame(story: Story) -> None:
    """The area of operations, and two arrangements between the parties."""
    facts = {"id": "EX-AO-1", "name": "EXERCISE area of operations", "owner": "EXERCISE HQ NORTH STAR"}
    geojson(FOLDER / "ex_area_of_operations.geojson", "EXERCISE area", [Thing(story.ground.outline, facts)])
    corridor = story.ground.route("Пловдив", "Раковски", "Чирпан").buffer(1_000, quad_segs=4).simplify(30)
    pause = story.ground.towns["Габрово"].buffer(6_000, quad_segs=6)
    common = {"parties": "EXERCISE Party A; EXERCISE Party B", "valid_from": "2026-01-01"}
    texts = (
        {"id": "EX-AR-1", "name": "УЧЕНИЕ: хуманитарен коридор Пловдив – Чирпан", "type": "corridor"},
        {
            "id": "EX-AR-2",
            "name": "УЧЕНИЕ: хуманитарна пауза Габрово",
            "type": "pause",
            "valid_to": "2027-12-31",
        },
    )
    shapes = (corridor, pause)
    things = [Thing(shape, text | common) for shape, text in zip(shapes, texts, strict=True)]
    geojson(FOLDER / "ex_arrangements.geojson", "EXERCISE arrangements", things)


def _points(story: Story) -> None:
    """Liaison posts and assessments, as tables."""
    posts = []
    for number, town in enumerate(("Стара Загора", "Пловдив", "Сливен", "Габрово"), 1):
        centre = story.ground.towns[town]
        facts = {
            "post_id": f"EX-LP-{number}",
            "post": f"EXERCISE CIMIC centre {town}",
            "type": "coordination_centre" if number == 1 else "officer",
            "organisation": "EXERCISE HQ NORTH STAR",
            "role": "Офицер за връзка (учение)",
            "phone": phone(5000 + number),
        }
        posts.append(Thing(shapely.Point(centre.x + 400 * number, centre.y - 300), facts))
    columns = ("post_id", "post", "type", "organisation", "role", "phone")
    table(FOLDER / "ex_liaison.csv", posts, tuple((name, name) for name in columns))
    visits = []
    for number, (town, *_) in enumerate(TOWNS[:8], 1):
        centre = story.ground.towns[town]
        facts = {
            "assessment_id": f"EX-AS-{number}",
            "title": f"УЧЕНИЕ: оценка на нуждите, {town}",
            "type": ("needs", "damage", "access")[number % 3],
            "sector": ("Health", "WASH", "Education")[number % 3],
            "organisation": ORGANISATIONS[number % len(ORGANISATIONS)],
            "date": f"2026-0{1 + number % 6}-15",
        }
        visits.append(Thing(shapely.Point(centre.x - 500, centre.y + 250 * number), facts))
    columns = ("assessment_id", "title", "type", "sector", "organisation", "date")
    table(FOLDER / "ex_assessments.csv", visits, tuple((name, name) for name in columns))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in (*FOLDER.glob("ex_*"),):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    main()
