"""Rows are encoded column by column; what is read back is what each row says."""

import json

import numpy as np
import pytest
import shapely

from layers import attribute_cells as module
from layers import geopackage
from layers.attribute_cells import attribute_cells

WORDS = ["clinic", 'a "quoted" one', "back\\slash", "line\nbreak", "ʿAlī", "", "tab\t"]
COLUMNS = {
    "few words": [WORDS[i % 7] for i in range(400)],
    "few with gaps": [None if i % 3 else WORDS[i % 7] for i in range(400)],
    "all different": [f"Site {i} ʿAlī" for i in range(400)],
    "all different, odd": [f'Site "{i}"\x01' for i in range(400)],
    "different with gaps": [None if i % 2 else f"Site {i}" for i in range(400)],
    "whole": list(range(400)),
    "whole, few": [i % 3 for i in range(400)],
    "real": [i / 7 for i in range(400)],
    "real with gaps": [None if i % 5 else i / 7 for i in range(400)],
    "mixed": [[True, 1, 1.0, "1"][i % 4] for i in range(400)],
    '100 % "named"': [i % 2 == 0 for i in range(400)],
    "nothing": [None] * 400,
}


def columns_of(names):
    attributes = {}
    for name in names:
        column = np.empty(400, dtype=object)
        column[:] = COLUMNS[name]
        attributes[name] = column
    return attributes


@pytest.mark.parametrize(
    "names", [list(COLUMNS), *([name] for name in COLUMNS), ["nothing", "few with gaps"]]
)
def test_attributes_are_json_that_reads_as_what_was_said(names):
    for i, cell in enumerate(attribute_cells(columns_of(names), 400)):
        said = {name: COLUMNS[name][i] for name in names if COLUMNS[name][i] is not None}
        read = json.loads(cell) if cell else {}
        assert {name: (type(v), v) for name, v in read.items()} == {
            name: (type(v), v) for name, v in said.items()
        }


@pytest.mark.parametrize("names", [list(COLUMNS), ["nothing", "few with gaps"]])
def test_attributes_joined_in_pieces_are_those_joined_at_once(monkeypatch, names):
    at_once = attribute_cells(columns_of(names), 400)
    monkeypatch.setattr(module, "_JOINED_AT_ONCE", 7)
    assert attribute_cells(columns_of(names), 400) == at_once
    assert len(at_once) == 400


def test_polygons_are_encoded_alike_in_one_piece_and_one_by_one():
    shapes = np.array([shapely.Point(i, i).buffer(1, quad_segs=1 + i % 4) for i in range(30)], dtype=object)
    hole = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 0)], [[(5, 2), (6, 2), (6, 3), (5, 2)]])
    one_by_one = geopackage.to_blobs(np.append(shapes, [hole, None]))
    assert geopackage.to_blobs(shapes) == one_by_one[:-2]
    assert shapely.equals_exact(geopackage.from_blobs(list(map(bytes, one_by_one[:-1])))[-1], hole)
