from datetime import UTC, datetime, timedelta

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coordinates import Notation, Position, parse
from layers.errors import LayersError
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.nearby import MOST, Standing, surroundings
from layers.nearby_words import CAVEAT, as_text, distance_words, nearby_json, sentence
from layers.volume import Window

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
HERE = (25.62, 42.42)
GEOD = pyproj.Geod(ellps="WGS84")


def at(azimuth, metres, origin=HERE):
    lon, lat, _ = GEOD.fwd(*origin, azimuth, metres)
    return shapely.Point(lon, lat)


def place(lon=HERE[0], lat=HERE[1], uncertainty_m=0.0):
    return Position(lon, lat, uncertainty_m, Notation.DD)


def site(name, geometry, **more):
    fields = more.pop("fields", {})
    return new_feature(Kind.HUMANITARIAN_SITE, geometry, feature_id=name, name=name, category="hospital",
                       fields=fields, **more)  # fmt: skip


def workspace_of(*features):
    workspace = new_workspace("Here", Mode.EXERCISE, NOW, "Europe/Sofia")
    for kind in dict.fromkeys(f.kind for f in features):
        some = [f for f in features if f.kind is kind]
        workspace = workspace.with_layer(Layer(kind, kind, f"Layer of {kind}", table_of(spec_of(kind), some)))
    return workspace


def ask(*features, position=None, **more):
    return surroundings(workspace_of(*features)).of_position(position or place(), now=NOW, **more)


def names(neighbours):
    return [n.feature.name for n in neighbours]


def test_the_nearest_come_first_with_geodesic_distance_and_bearing():
    found = ask(site("far", at(200, 4_000)), site("near", at(47, 312)))
    assert names(found.protected) == ["near", "far"]
    near = found.protected[0]
    assert near.distance_m == pytest.approx(312, abs=0.001)
    assert near.bearing_deg == pytest.approx(47, abs=0.01)
    assert "312 m, north-east (47°)" in sentence(near)


def test_what_surrounds_the_place_is_at_no_distance_and_in_no_direction():
    area = new_feature(
        Kind.NO_STRIKE_AREA, shapely.box(25.6, 42.4, 25.7, 42.5), feature_id="n", name="Around the hospital"
    )
    (found,) = ask(area).protected
    assert (found.distance_m, found.at_least_m, found.bearing_deg) == (0.0, 0.0, None)
    assert "inside or touching." in sentence(found)


def test_all_within_the_radius_are_listed_and_the_nearest_of_each_kind_beyond_it():
    sites = [site(f"s{m}", at(10, m)) for m in (100, 900, 5_000, 20_000, 30_000)]
    zones = [
        new_feature(Kind.MILITARY_ZONE, at(90, m).buffer(0.001), feature_id=f"z{m}", name=f"z{m}")
        for m in (40_000, 60_000)
    ]
    found = ask(*sites, *zones, radius_m=1_000, nearest=1)
    assert names(found.protected) == ["s100", "s900"]
    assert names(found.others) == ["z40000"]
    found = ask(*sites, *zones, radius_m=1_000, nearest=3)
    assert names(found.protected) == ["s100", "s900", "s5000"]
    assert names(found.others) == ["z40000", "z60000"]


def test_the_uncertainty_of_the_notation_and_of_the_feature_both_count():
    position = parse("35T LG 8650 9750")  # a square of 10 m
    there = at(0, 1_200, (position.lon, position.lat))
    found = ask(site("s", there, uncertainty_m=100.0), position=position)
    (one,) = found.protected
    assert position.uncertainty_m == pytest.approx(7.07, abs=0.02)
    assert one.at_least_m == pytest.approx(1_200 - 107.07, abs=0.05)
    assert one.at_most_m == pytest.approx(1_200 + 107.07, abs=0.05)
    assert distance_words(one) == "1.20 km (at least 1.09 km, at most 1.31 km)"
    assert "known to within 7.1 m" in as_text(found)


def test_what_may_lie_within_the_radius_is_listed_though_it_is_stated_outside():
    (found,) = ask(site("vague", at(0, 3_000), uncertainty_m=2_500.0), radius_m=1_000, nearest=0).protected
    assert found.at_least_m == pytest.approx(500, abs=0.01)


def test_a_point_is_at_the_place_and_not_inside_it():
    (found,) = ask(site("clinic", shapely.Point(HERE))).protected
    assert distance_words(found) == "at this place"


def test_the_direction_is_not_told_where_it_may_be_any():
    (found,) = ask(site("vague", at(0, 80)), position=place(uncertainty_m=100.0)).protected
    assert found.bearing_deg is None
    assert "80 m (may be at this place, at most 180 m), direction not certain" in sentence(found)


@pytest.mark.parametrize(
    ("window", "fields", "expected", "words"),
    [
        (Window(), {}, Standing.NOW, "no dates stated"),
        (Window(NOW - timedelta(1), NOW + timedelta(1)), {}, Standing.NOW, "now, until 2026-12-02 08:00"),
        (Window(NOW + timedelta(1), None), {}, Standing.FUTURE, "not yet: from 2026-12-02 08:00 UTC"),
        (Window(None, NOW), {}, Standing.OVER, "over since 2026-12-01 08:00 UTC"),
        (Window(NOW, NOW - timedelta(1)), {}, Standing.UNKNOWN, "its times cannot be understood"),
        # 08:00 UTC is 10:00 in Sofia.
        (Window(), {"active_hours": "09:30-10:30"}, Standing.NOW, "no dates stated"),
        (Window(), {"active_hours": "08:00-09:30"}, Standing.OFF_HOURS, "not at this hour (08:00-09:30)"),
        (Window(), {"active_hours": "now and then"}, Standing.UNKNOWN, "its times cannot be understood"),
    ],
)  # fmt: skip
def test_it_is_said_whether_a_feature_is_in_force(window, fields, expected, words):
    zone = new_feature(Kind.MILITARY_ZONE, at(0, 500), name="Range", window=window, fields=fields)
    (found,) = ask(zone).others
    assert found.standing is expected
    assert words in sentence(found)


def test_status_verification_and_contact_are_told_and_so_is_their_absence():
    said = {"status": "open", "verification": "verified", "organisation": "Relief", "contact": "+359 1"}
    found = ask(site("told", at(0, 10), fields=said), site("bare", at(0, 20)))
    told, bare = (sentence(n) for n in found.protected)
    assert "Open, position verified on site;" in told
    assert told.endswith("Contact: Relief, +359 1.")
    assert "Status not stated, position verification not stated;" in bare
    assert bare.endswith("Contact: no contact recorded.")


def test_a_cancelled_movement_is_listed_as_such():
    route = shapely.LineString([at(0, 100), at(90, 5_000)])
    movement = new_feature(Kind.MOVEMENT, route, name="Convoy", fields={"status": "cancelled"})
    (found,) = ask(movement).protected
    assert "Cancelled;" in sentence(found)


def test_what_has_no_position_is_counted_and_said():
    features = [site("placed", at(0, 100)), site("lost", None), site("gone", shapely.Point())]
    found = ask(*features)
    assert names(found.protected) == ["placed"]
    assert found.not_listed == {Kind.HUMANITARIAN_SITE: {"no position": 2}}
    assert "2 humanitarian sites are not listed: no position." in as_text(found)
    assert nearby_json(found)["not_listed"] == {"humanitarian_site": {"no position": 2}}


def test_an_empty_answer_says_what_was_looked_at_and_never_that_the_place_is_safe():
    far = ask(site("other side of the world", shapely.Point(-150, -30)))
    assert far.protected == far.others == ()
    text = as_text(far)
    assert "Looked at: 1 humanitarian site." in text
    assert "check the position. Without letters, latitude comes first." in text
    assert "no no-strike area" in text.replace("no no-strike areas", "no no-strike area")
    nothing = as_text(ask())
    assert "There was nothing to look at." in nothing
    for words in (text, nothing):
        assert words.endswith(CAVEAT)
        assert "does not mean that a place is safe" in words
        assert "clear" not in words.lower()


def test_a_long_list_is_cut_and_what_is_left_off_is_counted():
    sites = [site(f"s{i}", at(i, 10 + i)) for i in range(MOST + 3)]
    found = ask(*sites, radius_m=5_000)
    assert len(found.protected) == MOST
    assert found.left_off == {Kind.HUMANITARIAN_SITE: 3}
    assert "3 humanitarian sites more within 5 km" in as_text(found)


def test_a_feature_is_measured_from_its_outline_and_is_not_its_own_neighbour():
    zone = new_feature(Kind.MILITARY_ZONE, shapely.box(25.6, 42.4, 25.64, 42.44), feature_id="z", name="Zone")
    other = new_feature(
        Kind.MILITARY_ZONE, shapely.box(25.66, 42.4, 25.68, 42.44), feature_id="o", name="Other"
    )
    inside, beside = site("inside", shapely.Point(25.62, 42.42)), site("beside", shapely.Point(25.65, 42.42))
    found = surroundings(workspace_of(zone, other, inside, beside)).of_feature("z", now=NOW)
    assert names(found.protected) == ["inside", "beside"]
    _, _, metres = GEOD.inv(25.64, 42.42, 25.65, 42.42)
    assert [n.distance_m for n in found.protected] == pytest.approx([0.0, metres], abs=0.01)
    assert names(found.others) == ["Other"]
    assert found.looked_at[Kind.MILITARY_ZONE] == 1
    assert as_text(found).startswith("Near Military zone “Zone”")


def test_a_feature_without_a_position_has_no_surroundings():
    around = surroundings(workspace_of(site("lost", None)))
    with pytest.raises(LayersError, match="no position"):
        around.of_feature("lost", now=NOW)
    with pytest.raises(LayersError, match="no longer there"):
        around.of_feature("deleted", now=NOW)


@pytest.mark.parametrize(("lon", "lat"), [(179.999, 10.0), (-179.999, -68.0), (0.0, 69.9), (12.0, 88.0)])
def test_the_nearest_are_found_across_the_antimeridian_and_far_north(lon, lat):
    sites = [site(f"s{azimuth}", at(azimuth, 2_000 + azimuth, (lon, lat))) for azimuth in range(0, 360, 30)]
    found = ask(*sites, position=place(lon, lat), radius_m=0, nearest=4)
    assert names(found.protected) == ["s0", "s30", "s60", "s90"]
    assert [n.distance_m for n in found.protected] == pytest.approx([2_000, 2_030, 2_060, 2_090], abs=0.02)


def dense(geometry):
    """Return places along the boundary of a shape, no more than a few metres apart."""
    return shapely.get_coordinates(shapely.segmentize(geometry, 0.00005))


@settings(max_examples=40)
@given(
    data=st.data(), lon=st.sampled_from([-179.99, 0.0, 25.6, 179.98]), lat=st.sampled_from([-68.0, 0.0, 42.0])
)
def test_no_other_feature_is_nearer_than_those_listed(data, lon, lat):
    offsets = st.floats(-0.3, 0.3, allow_nan=False)
    boxes = data.draw(st.lists(st.tuples(offsets, offsets, st.floats(0.0, 0.05)), min_size=1, max_size=12))
    shapes = []
    for east, north, size in boxes:
        # What would reach over the antimeridian is put beside it: stored shapes stay within 180 degrees.
        west = min((lon + east + 180) % 360 - 180, 180 - size)
        shape = shapely.box(west, lat + north, west + size, lat + north + size)
        shapes.append(shape if size > 0.001 else shapely.Point(west, lat + north))
    uncertain = data.draw(st.lists(st.sampled_from([0.0, 300.0, 5_000.0]), min_size=12, max_size=12))
    features = [site(f"s{i}", s, uncertainty_m=uncertain[i]) for i, s in enumerate(shapes)]
    here = shapely.Point(lon, lat)

    def least(i):
        if shapes[i].intersects(here):
            return 0.0
        x, y = dense(shapes[i]).T
        _, _, metres = GEOD.inv(np.full(len(x), lon), np.full(len(y), lat), x, y)
        return max(float(metres.min()) - uncertain[i], 0.0)

    radius, nearest = data.draw(st.sampled_from([0.0, 4_000.0])), data.draw(st.integers(0, 4))
    found = ask(*features, position=place(lon, lat), radius_m=radius, nearest=nearest)
    listed = {n.feature.id: n.at_least_m for n in found.protected}
    expected = sorted(least(i) for i in range(len(features)))
    count = max(sum(value <= radius for value in expected), min(nearest, len(expected)))
    assert len(listed) >= count - sum(abs(value - radius) < 5 for value in expected)
    for (_, value), truth in zip(listed.items(), expected, strict=False):
        assert value == pytest.approx(truth, abs=5)  # the oracle's places are metres apart
