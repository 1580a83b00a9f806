"""The gate must notice: writers that leak on purpose, and allowed fields that mention a military zone."""

import getpass
import json
import socket
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers import writers
from layers.coordinates import Notation, format_position
from layers.errors import ReleaseRefusedError
from layers.model import Kind, new_feature
from layers.release import build, hand_over
from layers.release_scan import Needles, Phrases, Positions
from layers.writers import geojson, kmz
from tests.layers.release_samples import NOW, layer, profile, seeded, site, workspace, zone

ZONE = zone(
    source_id="MZ-99017",
    fields={
        "unit": "7th Nightjar Battalion",
        "remarks": "H-hour 0400, breach from the north side of the wadi",
    },
    attributes={"DISTRICT": "Mafraq", "ORDER": "FRAGO 12 to OPORD 7"},
)


class LeakyGeoJson(geojson.GeoJsonWriter):
    """Writes what it should, and something more into the same file."""

    def __init__(self, more: object) -> None:
        self.more = more

    def write(self, release, path: Path) -> None:
        super().write(release, path)
        if release.withheld:  # not in the dummy that it is compared with, which would hide the leak
            data = json.loads(path.read_text("utf-8"))
            data["more"] = self.more
            path.write_text(json.dumps(data), "utf-8")


class LeakyKmz(kmz.KmzWriter):
    """Adds a member, a comment or bytes to the zip."""

    def __init__(self, name: str, content: bytes, comment: bytes = b"") -> None:
        self.addition = (name, content, comment)

    def write(self, release, path: Path) -> None:
        super().write(release, path)
        if release.withheld:
            name, content, comment = self.addition
            with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name, content)
                archive.comment = comment


def refused(monkeypatch, folder: Path, writer, subject=None, to: str = "humanitarian") -> str:
    monkeypatch.setattr(writers, "WRITERS", (writer,))
    release = build(subject or seeded(), profile(to), now=NOW, by="Lt. Nobody Nowhere")
    with pytest.raises(ReleaseRefusedError) as caught:
        hand_over(release, folder / "out", [writer.id])
    assert list(folder.iterdir()) == [], "the folder must be untouched"
    return str(caught.value)


LEAKS = {
    "unit": "7th Nightjar Battalion",
    "unit in capitals": "seen: 7TH NIGHTJAR BATTALION",
    "remark": "H-hour 0400, breach from the north side of the wadi",
    "name": "OBJECTIVE KESTREL TWO",
    "source id": "MZ-99017",
    "partner column": "CALLSIGN_PELICAN",
    "withheld contact of a released site": "Dr. Withheld +999 555 0202",
    "source id of a released site": "HS-LOCAL-4711",
    "feature of a withheld kind": "Convoy Blue Heron",
    "labelled feature": "Hidden Villa",
    "withheld category": "Quiet House",
    "file": "kestrel overlay v3.shp",
    "partner": "Directorate of Plans",
    "layer": "Kestrel phase lines",
    "column name": {"CS": 1, "NOTE": 2, "interpreter is a relative of the mayor": 3},
    "title": "Exercise Amber Lantern",
    "releaser": "Lt. Nobody Nowhere",
    "home": str(Path.home()) + "/plan.txt",
    "folder": str(Path.cwd()),
    "vertex": shapely.get_coordinates(zone().geometry)[3].tolist(),
    "vertex as text, latitude first": "{1:.6f}, {0:.6f}".format(*shapely.get_coordinates(zone().geometry)[3]),
    "centre": "36.41235 32.37654",
}


@pytest.mark.parametrize("what", LEAKS)
def test_a_writer_that_leaks_is_caught_and_nothing_is_handed_over(monkeypatch, tmp_path, what):
    message = refused(monkeypatch, tmp_path, LeakyGeoJson(LEAKS[what]))
    assert "Nothing was released" in message


@pytest.mark.parametrize("value", [getpass.getuser(), socket.gethostname()])
def test_login_and_host_are_caught_even_though_every_product_would_hold_them(monkeypatch, tmp_path, value):
    if len(value) < 4:
        value = str(Path.home())

    class Signing(LeakyGeoJson):
        def write(self, release, path: Path) -> None:
            geojson.GeoJsonWriter.write(self, release, path)
            data = json.loads(path.read_text("utf-8")) | {"generator": f"made by {value}"}
            path.write_text(json.dumps(data), "utf-8")

    refused(monkeypatch, tmp_path, Signing(None))


@pytest.mark.parametrize(
    "addition",
    [
        ("files/notes.txt", b"7th Nightjar Battalion"),
        ("7th Nightjar Battalion.png", b""),
        ("a.bin", b"\x00\xff" + b"7th Nightjar Battalion" + b"\xfe\x00"),
        ("a.bin", b"\x00\xff" + "7th Nightjar Battalion".encode("utf-16-le") + b"\xfe\x00"),
        ("a.bin", b"\x00\xff" + struct.pack("<dd", *shapely.get_coordinates(zone().geometry)[5])),
        ("a.bin", b"\x00\xff" + struct.pack(">dd", *shapely.get_coordinates(zone().geometry)[5])),
        ("a.txt", b"", b"7th Nightjar Battalion"),
    ],
    ids=["member", "member name", "binary", "utf-16", "doubles", "big-endian doubles", "comment"],
)
def test_nothing_hides_in_a_zip(monkeypatch, tmp_path, addition):
    refused(monkeypatch, tmp_path, LeakyKmz(*addition))


def test_a_position_that_is_not_of_the_release_is_caught(monkeypatch, tmp_path):
    class Drifting(geojson.GeoJsonWriter):
        def write(self, release, path: Path) -> None:
            super().write(release, path)
            if release.withheld:
                data = json.loads(path.read_text("utf-8"))
                data["features"][0]["geometry"] = {"type": "Point", "coordinates": [36.9, 32.9]}
                path.write_text(json.dumps(data), "utf-8")

    assert "not part of the release" in refused(monkeypatch, tmp_path, Drifting())


def test_a_side_file_is_caught(monkeypatch, tmp_path):
    class Littering(geojson.GeoJsonWriter):
        def write(self, release, path: Path) -> None:
            super().write(release, path)
            (path.parent / "style.qml").write_text("x")

    assert "style.qml" in refused(monkeypatch, tmp_path, Littering())


# ---------------------------------------------------------------- allowed fields that tell too much


def content_refused(text: str, tmp_path: Path, **more: object) -> str:
    features = [site("Ward 7", 36.1, 32.1, fields={"remarks": text}, **more)]
    subject = workspace(layer(Kind.HUMANITARIAN_SITE, features), layer(Kind.MILITARY_ZONE, [ZONE]))
    with pytest.raises(ReleaseRefusedError) as caught:
        hand_over(build(subject, profile("internal"), now=NOW), tmp_path / "out", ["geojson"])
    assert list(tmp_path.iterdir()) == []
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "guarded by 7th nightjar battalion since May",
        "next to Objective  Kestrel",
        "they said: breach from the north side, at night",
        "see MZ-99017",
        "as in FRAGO 12 to OPORD 7",
    ],
)
def test_a_remark_that_mentions_a_zone_refuses_the_release_and_names_what_to_correct(tmp_path, text):
    message = content_refused(text, tmp_path)
    assert "Ward 7" in message
    assert "remarks" in message


@pytest.mark.parametrize("notation", list(Notation))
def test_a_remark_that_gives_the_position_of_a_zone_in_any_notation_is_caught(tmp_path, notation):
    lon, lat = shapely.get_coordinates(ZONE.geometry)[0]
    text = format_position(float(lon), float(lat), notation)
    assert "position of a military zone" in content_refused(f"go round {text} please", tmp_path)


@pytest.mark.parametrize(
    "text", ["36,41235 / 32,37654", "٣٦٫٤١٢٣٥ ٣٢٫٣٧٦٥٤", "３６.４１２３５ ３２.３７６５４"]
)
def test_decimal_commas_and_other_digits_give_a_position_too(tmp_path, text):
    assert "position" in content_refused(text, tmp_path)


@pytest.mark.parametrize("text", ["y" * 300_000, "1°1" + "." * 300_000, "1°1'" * 80_000, "1 " * 150_000])
def test_a_text_that_repeats_itself_does_not_stop_the_gate(tmp_path, text):
    subject = site(fields={"remarks": text}, attributes={"OTHER": text + "z", "SAME": text})
    passes(tmp_path, subject, zones=[replace(ZONE, attributes={"LONG": "y" * 200_000 + " z"})])


def test_the_centre_of_a_zone_counts_as_its_position(tmp_path):
    assert "position" in content_refused("36.41235, 32.37654", tmp_path)


def test_a_released_shape_that_repeats_a_zone_is_caught(tmp_path):
    copy = new_feature(Kind.REFERENCE, ZONE.geometry, name="Sector 4")
    subject = workspace(layer(Kind.REFERENCE, [copy]), layer(Kind.MILITARY_ZONE, [ZONE]))
    with pytest.raises(ReleaseRefusedError, match=r"Sector 4.*repeats the shape"):
        hand_over(build(subject, profile("ocha"), now=NOW), tmp_path / "out", ["geojson"])


# ---------------------------------------------------------------- what is not an alarm


def passes(tmp_path: Path, *features, zones=(ZONE,), to: str = "internal") -> None:
    subject = workspace(layer(Kind.HUMANITARIAN_SITE, list(features)), layer(Kind.MILITARY_ZONE, list(zones)))
    assert hand_over(build(subject, profile(to), now=NOW), tmp_path / "out").files


def test_a_district_that_a_zone_also_lies_in_is_not_an_alarm(tmp_path):
    passes(tmp_path, site("Mafraq hospital"))


@pytest.mark.parametrize(
    ("zone_name", "site_name"),
    [
        ("Zone 1", "Zone 1 hospital"),
        ("North", "North school"),
        ("Camp 4", "Clinic of camp 4"),
        ("Mafraq", "Mafraq hospital"),
        ("FIRING AREA", "School at the firing area"),
    ],
)
def test_everyday_words_and_towns_on_the_map_are_no_mention_of_a_zone(tmp_path, zone_name, site_name):
    passes(tmp_path, site(site_name), zones=[zone(zone_name, attributes={"NAME": zone_name})])


@pytest.mark.parametrize(
    "zone_name", ["KESTREL", "TF 12", "Zone 4711", "Objective North", "North of the wadi"]
)
def test_a_name_of_its_own_is_a_mention_even_in_a_name(tmp_path, zone_name):
    with pytest.raises(ReleaseRefusedError, match="mentions"):
        passes(tmp_path, site(f"Clinic near {zone_name}"), zones=[zone(zone_name)])


def test_a_site_and_a_zone_may_have_the_same_contact_but_not_in_a_remark(tmp_path):
    contact = "Ops desk +999 555 0101"
    desk = zone(fields={"contact": contact}, attributes={"POC": contact})
    passes(tmp_path, site(fields={"contact": contact}), zones=[desk])
    with pytest.raises(ReleaseRefusedError, match="remarks mentions"):
        passes(tmp_path, site(fields={"remarks": f"call {contact}"}), zones=[desk])


def test_the_name_of_a_folder_is_no_alarm_but_its_path_is(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: Path("/root"))
    passes(tmp_path, site("Grass root school", fields={"remarks": "root cause: water/root"}))
    with pytest.raises(ReleaseRefusedError, match="folder of this computer"):
        passes(tmp_path, site(fields={"remarks": "copied from /root/plans"}))


@pytest.mark.parametrize("login", ["user", "data", "name"])
def test_a_login_that_is_a_word_of_the_formats_does_not_stop_every_release(monkeypatch, tmp_path, login):
    monkeypatch.setattr(getpass, "getuser", lambda: login)
    passes(tmp_path, site())


def test_a_part_of_a_name_is_not_a_mention(tmp_path):
    passes(tmp_path, site("Kestrel inn"), site("Objective Kestrels", 36.31))


def test_words_of_code_lists_and_short_values_are_not_secrets(tmp_path):
    dull = zone("Hospital", fields={"unit": "A B"}, source_id="12", attributes={"T": "School", "N": 7})
    passes(tmp_path, site("Hospital"), site("Primary School", 36.31), zones=[dull])


def test_a_withheld_value_that_another_feature_may_show_is_not_an_alarm(tmp_path):
    first = site("Lakeside", fields={"organisation": "WHO", "contact": "Lakeside"})
    passes(tmp_path, first, site("Villa", 36.31, label="internal", fields={"organisation": "WHO"}), to="ocha")


def test_values_that_only_stand_beside_each_other_are_not_alarms(tmp_path):
    # The partner's English name reads like the end of the name and the category next to it in a table.
    relief = site("مستودع Oxfam", category="warehouse", attributes={"NAME_EN": "Oxfam Warehouse"})
    passes(tmp_path, relief, site("عيادة", 36.31), to="humanitarian")


def test_words_of_the_page_itself_are_not_alarms(tmp_path):
    words = ["function", "container", "leaflet", "Greenwich", "geometry", "attribution", "sha256", "caveats"]
    features = [site(f"n{n}", 36 + n / 50, fields={"contact": word}) for n, word in enumerate(words)]
    passes(tmp_path, *features, zones=[], to="humanitarian")


def test_numbers_of_partners_do_not_collide_with_digits_of_coordinates(tmp_path):
    features = [site(f"n{n}", 36.12345 + n / 50, 32.5432, source_id=f"{12345 + n}") for n in range(3)]
    passes(tmp_path, *features, to="humanitarian")


def test_columns_with_the_coordinates_of_a_released_feature_are_not_alarms(tmp_path):
    features = [
        site("A", 25.394511, 37.05, attributes={"lon": "25.394511", "lat": 37.0500, "LAT_6": "37.050000"})
    ]
    passes(tmp_path, *features, to="humanitarian")


def test_a_zone_drawn_around_a_site_that_leaves_is_not_an_alarm(tmp_path):
    around = zone("Cordon 19", lon=36.30012, lat=32.30034, radius_m=1000)
    passes(tmp_path, site(), zones=[around])


def test_a_shared_border_is_not_a_repeated_shape(tmp_path):
    west, east = shapely.box(36.0, 32.0, 36.1, 32.1), shapely.box(36.1, 32.0, 36.2, 32.1)
    camp = replace(site("Camp"), geometry=west)
    passes(tmp_path, camp, zones=[replace(ZONE, geometry=east)])


# ---------------------------------------------------------------- the search itself


def test_many_values_are_found_exactly_where_a_plain_search_finds_them():
    rng = np.random.default_rng(7)
    letters = np.array(list("abcdefgh"))
    values = ["".join(rng.choice(letters, rng.integers(8, 14))) for _ in range(3000)]
    data = rng.choice(letters.astype("S1"), 200_000).tobytes()
    hidden = [17, 400, 2999]
    for number in hidden:
        data = data[: 5000 * number % 150_000] + values[number].encode() + data[5000 * number % 150_000 :]
    expected = {n for n, value in enumerate(values) if value.encode() in data}
    assert set(hidden) <= expected
    assert Needles(values).in_bytes(data) == expected


def test_a_value_across_two_chunks_is_found():
    data = b"x" * ((1 << 22) - 5) + b" nightingale " + b"x" * 100
    assert Needles(["nightingale"]).in_bytes(data) == {0}
    assert Needles(["nightingale"]).in_text(data.decode()) == {0}


def test_numbers_are_not_found_inside_longer_numbers():
    needles = Needles(["12345"])
    assert needles.in_text("36.12345") == set()
    assert needles.in_text("123456") == set()
    assert needles.in_text("no. 12345, please") == {0}


def test_five_words_of_a_remark_in_a_row_are_a_mention():
    phrases = Phrases([("one two three four five six seven", "a remark")])
    assert phrases.first_in("… TWO three, four five six!") is not None
    assert phrases.first_in("two three four six five") is None


def test_a_released_position_is_not_a_secret_one():
    points = np.array([[36.1, 32.1], [36.2, 32.2]])
    positions = Positions(points, allowed=points[:1])
    assert positions.points.tolist() == [[36.2, 32.2]]
    assert not positions.in_text(b"36.10000 32.10000", 5, points[:1])
    assert positions.in_text(b"32.20000 36.20000", 5, points[:1])
