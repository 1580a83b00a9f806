"""What happens in the exercise: sites and the areas that protect them, zones, movements, projects, hazards.

Every deliberate conflict is made here and named for the rule that should find it.
"""

import math
from random import Random
from typing import Any

import shapely
from shapely import affinity

from resources.build.sample_cast import FROM, TO, Story
from resources.build.sample_layout import Ground, Thing, beside, blob
from resources.build.sample_words import ORGANISATIONS, TOWNS, phone

SITES_A_CLUSTER = 9
_TOWN_TYPES = (
    "hospital", "health_facility", "school", "school", "school", "camp", "community", "cultural", "worship",
    "warehouse", "distribution_point", "water_point", "office", "residence", "market", "assembly_point",
)  # fmt: skip

_STANDING = (f"{FROM}T05:00:00Z", f"{TO}T18:00:00Z")
_MOVEMENTS: tuple[tuple[str, str, tuple[str, ...], tuple[str, str]], ...] = (
    ("Седмичен конвой храни", "convoy", ("Пловдив", "Раковски", "Чирпан", "Стара Загора"), _STANDING),
    ("Конвой вода", "convoy", ("Стара Загора", "Нова Загора", "Сливен"), _STANDING),
    ("Медицинска евакуация", "medevac", ("Казанлък", "Габрово"), _STANDING),
    ("Оценъчна мисия север", "mission", ("Габрово", "Севлиево"), _STANDING),
    ("Смяна на персонал", "staff", ("Пловдив", "Карлово"), _STANDING),
    ("Конвой палатки", "convoy", ("Димитровград", "Стара Загора"), _STANDING),
    ("Оценъчна мисия запад", "mission", ("Карлово", "Казанлък"), _STANDING),
    ("Конвой лекарства", "trucks", ("Пловдив", "Първомай", "Димитровград"), _STANDING),
    (
        "Конвой юни",
        "convoy",
        ("Нова Загора", "Ямбол"),
        ("2027-06-10T08:00:00Z", "2027-06-10T11:00:00Z"),
    ),
    (
        "Конвой завръщане",
        "convoy",
        ("Ямбол", "Сливен"),
        ("2027-06-12T06:00:00Z", "2027-06-12T09:30:00Z"),
    ),
    (
        "Смяна на екип",
        "staff",
        ("Стара Загора", "Казанлък"),
        ("2027-06-15T05:30:00Z", "2027-06-15T07:00:00Z"),
    ),
    (
        "Минал конвой",
        "convoy",
        ("Казанлък", "Стара Загора"),
        ("2026-02-03T07:00:00Z", "2026-02-03T09:00:00Z"),
    ),
)


def tell(random: Random) -> Story:
    """Make the whole exercise; the same seed makes the same one."""
    story = Story(random, Ground(random))
    spots = _towns(story)
    _zones_over_areas(story)
    _zones_around_sites(story)
    _zones_near_sites(story)
    _movements(story)
    _zones_on_roads(story)
    _quiet_zones(story)
    _projects(story, spots)
    _hazards(story)
    return story


def _towns(story: Story) -> dict[str, list[Any]]:
    """Fill the towns with clusters of sites under one area each, and a few sites outside them."""
    spots: dict[str, list[Any]] = {}
    names = [town[0] for town in TOWNS]
    for name, _, _, clusters in TOWNS:
        centre = story.ground.towns[name]
        taken: list[Any] = []
        for _ in range(clusters):
            middle = story.ground.around(centre, 0, 3_200, 2_300, taken)
            points: list[Any] = []
            for _ in range(SITES_A_CLUSTER):
                story.ground.around(middle, 0, 800, 150, points)
            types = story.random.sample(_TOWN_TYPES, SITES_A_CLUSTER)
            members = [story.site(p, t, name) for p, t in zip(points, types, strict=True)]
            outline = shapely.MultiPoint(points).convex_hull.buffer(110, quad_segs=3)
            story.area(outline, members)
        spots[name] = taken
    # site_not_covered_by_no_strike_area: 14 sites beyond every area, and one area that has lapsed
    for i in range(14):
        name = names[i % len(names)]
        point = story.ground.around(story.ground.towns[name], 4_700, 5_300, 1_000, spots[name])
        story.site(point, story.random.choice(_TOWN_TYPES), name)
    place = story.ground.free()
    lapsed = [story.country_site(shapely.Point(place.x + dx, place.y)) for dx in (-90, 0, 90)]
    story.area(place.buffer(250), lapsed, to="2026-03-31")
    return spots


def _direction(story: Story) -> float:
    return story.random.uniform(0, 2 * math.pi)


def _zones_over_areas(story: Story) -> None:
    """zone_overlaps_no_strike_area: the rim of a wide area, its site out of reach; another site near."""
    for gap in (120.0, 210.0, 300.0, 430.0):
        zone = blob(story.ground.free(), 1_800, story.random)
        story.zone(zone)
        angle = _direction(story)
        far = beside(zone, angle, 700)
        story.area(far.buffer(900), [story.country_site(far)])
        near = beside(zone, angle + math.pi, gap)  # zone_within_standoff_of_site
        story.area(near.buffer(80), [story.country_site(near)])


def _zones_around_sites(story: Story) -> None:
    """site_inside_zone: one site with its area, one that no area covers."""
    for depth in (40.0, 150.0, 260.0, 400.0):
        zone = blob(story.ground.free(), 2_200, story.random)
        story.zone(zone)
        angle = _direction(story)
        inside = beside(zone, angle, -depth)
        story.area(inside.buffer(250), [story.country_site(inside)])
        story.country_site(beside(zone, angle + math.pi, -depth))


def _zones_near_sites(story: Story) -> None:
    """zone_within_standoff_of_site: plain, possible by uncertainty, and with a site's own stand-off."""
    cases: tuple[tuple[float, float, dict[str, Any]], ...] = (
        (180.0, 60.0, {}),
        (600.0, 300.0, {"uncertainty_m": 150.0, "verification": "unverified"}),  # possible
        (340.0, 100.0, {}),
        (560.0, 250.0, {"uncertainty_m": 100.0, "verification": "unverified"}),  # possible
        (800.0, 100.0, {"standoff_m": 1000.0}),  # its own, wider stand-off
        (470.0, 100.0, {}),
        (350.0, 100.0, {"standoff_m": 200.0}),  # clear: its own, narrower stand-off
        (60.0, 50.0, {"uncertainty_m": 120.0, "verification": "unverified"}),  # possibly inside the zone
    )
    for first, second in zip(cases[::2], cases[1::2], strict=True):
        zone = blob(story.ground.free(), 1_500, story.random)
        story.zone(zone)
        angle = _direction(story)
        for turn, (gap, radius, facts) in ((0.0, first), (math.pi, second)):
            point = beside(zone, angle + turn, gap)
            story.area(point.buffer(radius), [story.country_site(point, **facts)])


def _movements(story: Story) -> None:
    """Twelve notified movements: standing runs of the whole exercise, and four single ones."""
    for number, (title, kind, stops, (depart, arrive)) in enumerate(_MOVEMENTS, 1):
        facts = {
            "movement_id": f"EX-MV-{number:03d}",
            "title": f"УЧЕНИЕ {title} {number}",
            "type": kind,
            "organisation": ORGANISATIONS[number % len(ORGANISATIONS)],
            "contact": f"EXERCISE convoy leader {number}, {phone(6000 + number)}",
            "status": "completed" if title == "Минал конвой" else ("notified", "acknowledged")[number % 2],
            "vehicles": 2 + number % 5,
            "people": 4 + 2 * number,
            "depart": depart,
            "arrive": arrive,
        }
        story.movements.append(Thing(story.ground.route(*stops), facts))


def _zones_on_roads(story: Story) -> None:
    """movement_crosses_zone: through, within the corridor, just beyond it, early enough, too early."""
    always: dict[str, Any] = {}
    within_slack = {"from": "2027-06-10T04:00:00Z", "to": "2027-06-10T07:30:00Z"}  # 30 min before the convoy
    earlier = {"from": "2027-06-12T01:00:00Z", "to": "2027-06-12T04:30:00Z"}  # 90 min before: clear
    cases: tuple[tuple[tuple[str, str], float | None, dict[str, Any]], ...] = (
        (("Раковски", "Чирпан"), None, always),
        (("Стара Загора", "Нова Загора"), None, always),
        (("Казанлък", "Габрово"), None, always),
        (("Габрово", "Севлиево"), 120.0, always),
        (("Пловдив", "Карлово"), 200.0, always),
        (("Димитровград", "Стара Загора"), None, always),
        (("Карлово", "Казанлък"), 235.0, always),
        (("Първомай", "Димитровград"), 400.0, always),  # clear: beyond the corridor
        (("Нова Загора", "Ямбол"), None, within_slack),
        (("Сливен", "Ямбол"), None, earlier),  # clear: over in time
    )
    for pair, gap, facts in cases:
        road = story.ground.roads[pair]
        middle = road.interpolate(0.5, normalized=True)
        if gap is None:
            story.zone(blob(middle, 900, story.random), **facts)
            continue
        # Slide the zone off the road, at right angles to it, until the gap is right.
        zone, near = blob(middle, 900, story.random), road.interpolate(0.51, normalized=True)
        angle = math.atan2(near.y - middle.y, near.x - middle.x) + math.pi / 2
        low, high = 0.0, 6_000.0
        for _ in range(50):
            shift = (low + high) / 2
            moved = affinity.translate(zone, shift * math.cos(angle), shift * math.sin(angle))
            low, high = (shift, high) if moved.distance(road) < gap else (low, shift)
        story.zone(moved, **facts)


def _quiet_zones(story: Story) -> None:
    """Fill up to 40 zones, far from everything; two of them are over."""
    while len(story.zones) < 40:
        over = len(story.zones) >= 38
        facts = {"from": "2025-06-01T00:00:00Z", "to": "2025-09-30T21:00:00Z"} if over else {}
        story.zone(blob(story.ground.free(), story.random.uniform(900, 2_200), story.random), **facts)


def _projects(story: Story, spots: dict[str, list[Any]]) -> None:
    """project_in_no_strike_area (8), project_near_site (9); the others at the edge of towns."""
    for gap in (350.0, 360.0, 370.0, 380.0, 90.0, 130.0, 200.0, 260.0):
        place = story.ground.free()
        story.area(place.buffer(400), [story.country_site(place)])
        angle = _direction(story)
        story.project(shapely.Point(place.x + gap * math.cos(angle), place.y + gap * math.sin(angle)))
    for gap in (60.0, 140.0, 190.0, 240.0, 295.0):
        place = story.ground.free()
        story.country_site(place)  # and no area covers it
        angle = _direction(story)
        story.project(shapely.Point(place.x + gap * math.cos(angle), place.y + gap * math.sin(angle)))
    names = list(spots)
    while len(story.projects) < 25:
        number = len(story.projects)
        name = names[number % len(names)]
        point = story.ground.around(story.ground.towns[name], 5_900, 6_600, 900, spots[name])
        shape = point
        if number % 4 == 0:
            shape = point.buffer(200, quad_segs=4)
        elif number % 4 == 1:
            shape = shapely.LineString(
                [(point.x - 250, point.y), (point.x, point.y + 60), (point.x + 250, point.y)]
            )
        ended = {"status": "Completed", "start": "2025-03-01", "end": "2025-11-30"} if number == 24 else {}
        story.project(shape, **ended)


def _hazards(story: Story) -> None:
    """hazard_on_movement: on the road, beside it, possibly beside it; the others far from every route."""
    cases: tuple[tuple[tuple[str, str], float, float, str, dict[str, Any]], ...] = (
        (("Пловдив", "Раковски"), 0.7, 0.0, "mine", {}),
        (("Чирпан", "Стара Загора"), 0.3, 20.0, "uxo", {}),
        (("Нова Загора", "Сливен"), 0.4, 0.0, "flood", {}),
        (("Пловдив", "Първомай"), 0.5, 35.0, "uxo", {}),
        (("Първомай", "Димитровград"), 0.2, 10.0, "road block", {}),
        (("Габрово", "Севлиево"), 0.2, 45.0, "mine", {}),
        (("Нова Загора", "Ямбол"), 0.8, 25.0, "mine", {}),
        (("Стара Загора", "Казанлък"), 0.6, 0.0, "chemical", {}),
        (("Димитровград", "Стара Загора"), 0.25, 80.0, "uxo", {"uncertainty_m": 60.0}),  # possible
    )
    for pair, along, gap, kind, facts in cases:
        road = story.ground.roads[pair]
        a, b = (road.interpolate(t, normalized=True) for t in (along, along + 0.005))
        angle = math.atan2(b.y - a.y, b.x - a.x) + math.pi / 2
        point = shapely.Point(a.x + gap * math.cos(angle), a.y + gap * math.sin(angle))
        story.hazard(point.buffer(150, quad_segs=4) if gap == 0 else point, kind, **facts)
    story.hazard(blob(story.ground.free(), 600, story.random), "flood")
    story.hazard(story.ground.free(), "chemical")
    story.hazard(blob(story.ground.free(), 300, story.random), "mine", to="2026-04-30")
