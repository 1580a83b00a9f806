import pytest
import shapely

from layers.errors import ReadingError
from layers.readers.gpx import GpxReader
from layers.reading import Action, ReadOptions

POINT = (
    '<wpt lat="{lat}" lon="{lon}"><ele>700</ele><name>{name}</name><time>2026-11-23T08:00:00Z</time></wpt>'
)
TRACK = (
    '<trk><name>Convoy</name><trkseg><trkpt lat="32" lon="36"><time>2026-11-23T08:00:00Z</time></trkpt>'
    '<trkpt lat="32.1" lon="36.1"><time>2026-11-23T09:30:00Z</time></trkpt></trkseg>'
    '<trkseg><trkpt lat="32.2" lon="36.2"/></trkseg></trk>'
)
ROUTE = '<rte><name>Plan</name><rtept lat="32" lon="36"/><rtept lat="33" lon="37"/></rte>'


@pytest.fixture
def read(tmp_path):
    def run(body, head="", **options):
        path = tmp_path / "a.gpx"
        path.write_text(
            f'<?xml version="1.0"?>{head}<gpx xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>'
        )
        assert GpxReader().sniff(path.read_bytes(), path)
        return GpxReader().read(path, ReadOptions(**options))

    return run


def test_waypoints_routes_and_tracks_are_layers(read, problems_of):
    body = (
        POINT.format(lat=32.3, lon=36.3, name="مستشفى")
        + POINT.format(lat=32.4, lon=36.4, name="B")
        + TRACK
        + ROUTE
    )
    imported = read(body)
    assert (imported.layers, imported.layer) == (("waypoints", "tracks", "routes"), "waypoints")
    assert imported.columns["name"].tolist() == ["مستشفى", "B"]
    assert imported.geometry[0].equals(shapely.Point(36.3, 32.3))
    (doubt,) = problems_of(imported, Action.DOUBT)
    assert (doubt.code, "tracks (1)" in doubt.what) == ("other_layers", True)
    assert read(body, layer="routes").geometry[0].equals(shapely.LineString([(36, 32), (37, 33)]))


def test_the_times_of_a_track_are_its_start_and_end(read):
    imported = read(TRACK)
    assert imported.columns["start"].tolist() == ["2026-11-23T08:00:00Z"]
    assert imported.columns["end"].tolist() == ["2026-11-23T09:30:00Z"]
    assert imported.geometry[0].equals(shapely.LineString([(36, 32), (36.1, 32.1)]))


def test_links_and_extensions_are_columns(read):
    extra = '<link href="http://a.invalid"><text>Page</text></link><link href="b"/><fix>3d</fix>'
    extensions = "<extensions><depth>5</depth><more><hospital>Süd</hospital></more></extensions>"
    imported = read(f'<wpt lat="32" lon="36">{extra}{extensions}</wpt>')
    assert {n: c[0] for n, c in imported.columns.items()} == {
        "link1_href": "http://a.invalid", "link1_text": "Page", "link2_href": "b", "fix": "3d", "depth": "5",
        "hospital": "Süd",
    }  # fmt: skip


def test_positions_that_are_none_are_skipped_with_the_reason(read, problems_of):
    body = POINT.format(lat="x", lon=36.3, name="A") + POINT.format(lat="nan", lon=1, name="B")
    assert [p.row for p in problems_of(read(body + "<wpt/>"), Action.SKIPPED)] == [1, 3, 2]
    assert [p.what for p in problems_of(read("<trk><name>T</name></trk>"), Action.SKIPPED)] == [
        "It has no positions."
    ]


def test_entities_and_damage_end_in_a_sentence(read):
    with pytest.raises(ReadingError, match="document type"):
        read(TRACK, head='<!DOCTYPE gpx [<!ENTITY a "b">]>')
    with pytest.raises(ReadingError, match="damaged"):
        read("<wpt")
    with pytest.raises(ReadingError, match="no waypoints"):
        read("<metadata/>")


def test_a_prefix_without_declaration_and_positions_outside_segments_are_read(read):
    imported = read('<trk><g:a>1</g:a><trkpt lat="32" lon="36"/><trkpt lat="33" lon="37"/></trk>')
    assert imported.geometry[0].equals(shapely.LineString([(36, 32), (37, 33)]))
