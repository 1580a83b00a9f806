"""What every export format must do, whatever it is; and that the seam is complete."""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from layers import writers
from layers.model import Kind, new_feature
from layers.release import build
from layers.writers import WRITERS
from tests.layers.release_samples import HOSTILE, NOW, layer, profile, seeded, site, workspace


@pytest.fixture(params=WRITERS, ids=lambda w: w.id)
def writer(request):
    return request.param


def written(writer, release, folder: Path) -> Path:
    path = folder / f"x{writer.extension}"
    writer.write(release, path)
    return path


def test_every_file_of_the_folder_is_in_the_tuple_and_ids_do_not_repeat():
    files = {path.stem for path in Path(writers.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {type(w).__module__.rpartition(".")[2] for w in WRITERS}
    assert len({w.id for w in WRITERS}) == len({w.extension for w in WRITERS}) == len(WRITERS)
    assert all(w.title and w.extension.startswith(".") for w in WRITERS)


def test_what_is_read_back_is_what_was_released(writer, tmp_path):
    release = build(seeded(), profile("humanitarian"), now=NOW)
    read = writer.read_back(written(writer, release, tmp_path))
    assert sum(item.features for item in read.layers) >= sum(len(item) for item in release.layers)
    texts = "\n".join(read.texts)
    for text in ("مستشفى الزعتري", "Médecins du Lac", "Old mines", release.marking, release.number):
        assert text in texts
    expected = {tuple(p) for item in release.layers for p in shapely.get_coordinates(item.geometry).round(7)}
    assert {tuple(p) for p in read.vertices.round(7)} == expected


def test_hostile_text_comes_back_as_the_text_that_it_is(writer, tmp_path):
    release = build(seeded(), profile("humanitarian"), now=NOW)
    texts = writer.read_back(written(writer, release, tmp_path)).texts
    for text in HOSTILE:
        clean = text.replace("\u202e", "").replace("\x07", "").strip()
        assert any(clean in item for item in texts), clean


def test_every_shape_survives_with_its_holes_and_parts(writer, tmp_path):
    hole = shapely.Polygon(
        shapely.box(36, 32, 37, 33).exterior, [shapely.box(36.2, 32.2, 36.3, 32.3).exterior]
    )
    line = shapely.LineString([(36, 32), (36.5, 32.5)])
    shapes = [
        hole,
        shapely.MultiPolygon([shapely.box(30, 30, 31, 31), shapely.box(32, 30, 33, 31)]),
        line,
        shapely.MultiLineString([line, [(35, 32), (35.5, 32.5)]]),
        shapely.Point(36.123456789, 32.1),
        shapely.MultiPoint([(36, 31), (36.2, 31)]),
    ]
    features = [new_feature(Kind.REFERENCE, shape, name=f"r{n}") for n, shape in enumerate(shapes)]
    release = build(workspace(layer(Kind.REFERENCE, features)), profile("ocha"), now=NOW)
    read = writer.read_back(written(writer, release, tmp_path))
    assert sum(item.features for item in read.layers if "information" not in item.name) == len(shapes)
    expected = shapely.get_coordinates(shapes).round(7)
    assert sorted(map(tuple, read.vertices.round(7).tolist())) == sorted(map(tuple, expected.tolist()))


def test_the_same_release_gives_the_same_bytes(writer, tmp_path):
    release = build(seeded(), profile("ocha"), now=NOW)
    first = written(writer, release, tmp_path).read_bytes()
    (tmp_path / f"x{writer.extension}").unlink()
    assert written(writer, release, tmp_path).read_bytes() == first


def test_a_release_of_nothing_can_be_written_and_read(writer, tmp_path):
    release = build(workspace(), profile("ocha"), now=NOW)
    read = writer.read_back(written(writer, release, tmp_path))
    assert release.marking in "\n".join(read.texts)
    assert len(read.vertices) == 0


def test_what_a_feature_does_not_state_is_not_invented(writer, tmp_path):
    release = build(workspace(layer(Kind.HUMANITARIAN_SITE, [site("A")])), profile("ocha"), now=NOW)
    texts = "\n".join(writer.read_back(written(writer, release, tmp_path)).texts).lower()
    assert "nan" not in texts.split()
    assert ">none<" not in texts
    assert "nat" not in texts.split()


def test_a_title_that_an_officer_wrote_is_text_too(writer, tmp_path):
    subject = replace(workspace(layer(Kind.HUMANITARIAN_SITE, [site()])), title=HOSTILE[1] + "{{7*7}}")
    path = written(writer, build(subject, profile("internal"), now=NOW), tmp_path)
    assert "{{7*7}}" in "\n".join(writer.read_back(path).texts)
    if writer.extension in (".html", ".kmz"):  # what viewers render as markup
        assert b"<script>document.documentElement" not in path.read_bytes()
