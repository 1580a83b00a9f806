"""Cells made ahead by the child are those that a commit would make itself, or none at all."""

import json
from subprocess import TimeoutExpired
from unittest.mock import Mock

import numpy as np
import pytest
import shapely

from layers import cells_ahead, workspace_tables
from layers.attribute_cells import attribute_cells
from layers.fixes import apply_fixes
from layers.geopackage import to_blobs
from layers.importing import add_to_workspace, guess_mapping
from layers.kinds import spec_of
from layers.model import Kind, Mode, new_workspace
from layers.reading import Action, open_any
from layers.workspace_file import WorkspaceFile, read_workspace

POINT = {"type": "Point", "coordinates": [36.3, 32.2]}
SQUARE = {"type": "Polygon", "coordinates": [[[36, 32], [37, 32], [37, 33], [36, 32]]]}
LINES = {"type": "MultiLineString", "coordinates": [[[36, 32], [37, 32]], [[36, 33], [37, 33]]]}
MIX = {
    "type": "GeometryCollection",
    "geometries": [POINT, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}],
}


def written(path, shapes):
    features = [
        {"type": "Feature", "geometry": shape, "properties": {"name": f'ʿAlī "{i}"\n', "n": i or None}}
        for i, shape in enumerate(shapes)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def taken_in(workspace, imported, now, kind=Kind.HUMANITARIAN_SITE):
    return add_to_workspace(workspace, imported, kind, guess_mapping(imported, spec_of(kind)), now=now)


@pytest.fixture
def encodings(monkeypatch):
    """Count the columns that the parent writes itself."""
    done = []

    def spy(*arguments):
        done.append(arguments)
        return attribute_cells(*arguments)

    monkeypatch.setattr(workspace_tables, "attribute_cells", spy)
    return done


@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param([POINT, POINT], id="points"),
        pytest.param([SQUARE, SQUARE], id="areas"),
        pytest.param([POINT, None, SQUARE, LINES, MIX], id="all sorts"),
        pytest.param([], id="nothing"),
    ],
)
def test_they_are_what_the_parent_would_write(tmp_path, shapes):
    imported = open_any(written(tmp_path / "a.geojson", shapes))
    cells = imported.cells.take(np.arange(len(imported)))
    assert cells.shapes == to_blobs(imported.geometry)
    assert cells.attributes == attribute_cells(imported.columns, len(imported))


def test_those_of_some_rows_are_theirs(tmp_path):
    imported = open_any(written(tmp_path / "a.geojson", [POINT, SQUARE, LINES]))
    cells = imported.cells.take(np.array([2, 0]))
    assert cells.shapes == to_blobs(imported.geometry[[2, 0]])
    assert cells.attributes == [attribute_cells(imported.columns, 3)[i] for i in (2, 0)]


def test_an_import_stores_them_and_they_read_as_what_was_imported(tmp_path, now, encodings):
    shapes = [POINT, None, POINT | {"coordinates": [36.4, 32.1]}]
    with WorkspaceFile.create(tmp_path / "w.gpkg", new_workspace("W", Mode.TEST, now)) as file:
        workspace, report = taken_in(file.workspace, open_any(written(tmp_path / "a.geojson", shapes)), now)
        file.commit("Import", workspace)
    assert report.imported == 2
    assert not encodings
    held, stored = workspace.layers[0].table, read_workspace(tmp_path / "w.gpkg").layers[0].table
    assert shapely.equals_exact(held.geometry, stored.geometry).all()
    assert {k: v.tolist() for k, v in held.attributes.items()} == {
        k: v.tolist() for k, v in stored.attributes.items()
    }


def test_what_was_changed_since_is_written_as_it_is_now(tmp_path, now, encodings):
    shapes = [POINT | {"coordinates": [36 + i / 100, 32 + i / 90]} for i in range(8)]
    shapes.append(POINT | {"coordinates": [32.01, 36.013]})  # its axes swapped
    empty = new_workspace("W", Mode.TEST, now)
    with WorkspaceFile.create(tmp_path / "w.gpkg", empty) as file:
        workspace, report = taken_in(empty, open_any(written(tmp_path / "a.geojson", shapes)), now)
        fixes = [p for p in report.of(Action.DOUBT) if p.code == "swapped_axes"]
        assert fixes
        workspace = apply_fixes(workspace, report.layer_id, fixes)
        file.commit("Import", workspace)
    assert encodings
    stored = read_workspace(tmp_path / "w.gpkg").layers[0].table
    assert shapely.get_x(stored.geometry).min() > 35


def test_a_mix_of_shapes_of_which_some_parts_are_kept_is_written_without_the_others(tmp_path, now, encodings):
    with WorkspaceFile.create(tmp_path / "w.gpkg", new_workspace("W", Mode.TEST, now)) as file:
        imported = open_any(written(tmp_path / "a.geojson", [MIX, POINT]))
        file.commit("Import", taken_in(file.workspace, imported, now)[0])
    assert encodings
    stored = read_workspace(tmp_path / "w.gpkg").layers[0].table
    assert shapely.get_type_id(stored.geometry).tolist() == [0, 0]


@pytest.mark.parametrize("what", ["killed", "torn", "other rows", "slow"])
def test_without_them_the_import_is_stored_all_the_same(tmp_path, now, monkeypatch, encodings, what):
    imported = open_any(written(tmp_path / "a.geojson", [POINT, POINT]))
    child = imported.cells._child
    if what == "slow":
        monkeypatch.setattr(child.process, "wait", Mock(side_effect=[TimeoutExpired("child", 10), 0]))
    else:
        child.process.wait(10)
    if what == "killed":
        (child.job / cells_ahead.CELLS).unlink()
    elif what == "torn":
        (child.job / cells_ahead.CELLS).write_bytes(b"\x93NUMPY")
    elif what == "other rows":
        cells_ahead.save_cells(open_any(written(tmp_path / "b.geojson", [POINT])), child.job)
    with WorkspaceFile.create(tmp_path / "w.gpkg", new_workspace("W", Mode.TEST, now)) as file:
        file.commit("Import", taken_in(file.workspace, imported, now)[0])
    assert encodings
    assert len(read_workspace(tmp_path / "w.gpkg").layers[0].table) == 2
    assert not child.job.exists()


def test_they_are_there_once_and_nothing_of_the_child_is_left(tmp_path):
    imported = open_any(written(tmp_path / "a.geojson", [POINT]))
    child = imported.cells._child
    assert imported.cells.take(np.arange(1)) is not None
    assert not child.job.exists()
    assert imported.cells.take(np.arange(1)) is None
