"""The shipped base map: there, valid, culled piece by piece, and where it should be."""

import numpy as np
import pytest
import shapely

from layers import basemap
from layers.errors import LayersError


def _on_land(lon: float, lat: float) -> bool:
    return bool(shapely.contains_xy(basemap.load().land, lon, lat).any())


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(25.4, 42.6), (13.4, 52.5), (-100.0, 40.0), (134.0, -25.0), (179.0, 67.5), (-175.0, 67.0), (0.0, -85.0)],
)
def test_inland_points_are_land(lon: float, lat: float) -> None:
    assert _on_land(lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(-30.0, 30.0), (33.0, 43.5), (179.9, 10.0), (-179.9, 10.0), (0.0, 89.0), (51.0, 41.0), (100.0, -60.0)],
)
def test_points_at_sea_are_not_land(lon: float, lat: float) -> None:
    assert not _on_land(lon, lat)


def test_land_is_valid_polygons_in_pieces_of_a_cell_at_most() -> None:
    land = basemap.load().land
    assert (shapely.get_type_id(land) == shapely.GeometryType.POLYGON).all()
    assert shapely.is_valid(land).all()
    bounds = shapely.bounds(land)
    assert (bounds[:, 2:] - bounds[:, :2]).max() <= 10.04 + 1e-9
    assert (np.abs(bounds) <= np.array([180.0, 90.0, 180.0, 90.0])).all()


def test_coast_follows_land_but_not_the_grid_it_was_cut_by() -> None:
    base = basemap.load()
    assert (shapely.get_type_id(base.coast) == shapely.GeometryType.LINESTRING).all()
    # A meridian and a parallel of the grid, deep inland: a cut edge would lie within 0.03 degrees of them.
    for inland in ((30.0, 50.2, 30.0, 59.0), (31.0, 60.0, 39.5, 60.0), (-99.0, 40.0, -91.0, 40.0)):
        line = shapely.LineString([inland[:2], inland[2:]])
        assert shapely.intersects(line, base.land).any()
        assert shapely.distance(base.coast, line).min() > 0.03
    # No line along the ends of the map either.
    ends = shapely.MultiLineString(
        [[(-180, -90), (-180, 90)], [(180, -90), (180, 90)], [(-180, -90), (180, -90)]]
    )
    shared = shapely.length(shapely.intersection(base.coast, ends))
    assert shared.max() < 0.01


def test_a_square_in_the_middle_of_a_cell_keeps_its_whole_outline() -> None:
    square = np.array([shapely.box(2, 2, 4, 4)], dtype=object)
    assert shapely.length(basemap.coast_of(square)).sum() == pytest.approx(8)


def test_a_piece_cut_at_a_cell_keeps_only_its_coast() -> None:
    piece = np.array([shapely.box(5, 2, 10.02, 4)], dtype=object)
    assert shapely.length(basemap.coast_of(piece)).sum() == pytest.approx(5.02 + 2 + 5.02)


def test_places_hold_known_cities_where_they_are() -> None:
    places = basemap.load().places
    known = {"Sofia": (23.32, 42.70), "Plovdiv": (24.75, 42.15), "Nairobi": (36.82, -1.28)}
    for name, (lon, lat) in known.items():
        rows = np.flatnonzero(places.name == name)
        assert any(abs(places.lon[i] - lon) < 0.1 and abs(places.lat[i] - lat) < 0.1 for i in rows)
    assert (places.population > 0).all()
    assert len(places) == len(places.name) == len(places.rank) > 20_000


def test_places_up_to_a_rank_keep_their_distance() -> None:
    places = basemap.load().places
    rows = np.flatnonzero(places.rank <= 2)
    lon, lat = np.radians(places.lon[rows]), np.radians(places.lat[rows])
    xyz = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    angle = np.arccos(np.clip(xyz @ xyz.T, -1, 1)) + np.eye(len(rows)) * 9
    assert angle.min() * 6371 >= 1600 / 2**2 - 1


def test_columns_are_read_only_and_loaded_once() -> None:
    base = basemap.load()
    assert basemap.load() is base
    for column in (base.land, base.coast, base.borders, base.lakes, base.places.lon, base.places.name):
        assert not column.flags.writeable


def test_a_damaged_file_is_a_clear_error(tmp_path, monkeypatch) -> None:
    broken = tmp_path / "basemap.gpkg"
    broken.write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    monkeypatch.setattr(basemap, "resource", lambda *_: broken)
    basemap.load.cache_clear()
    with pytest.raises(LayersError, match="base map cannot be read"):
        basemap.load()
    basemap.load.cache_clear()
