"""What is no sound workspace of ours is refused with one sentence, and never changed."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import fiona
import numpy as np
import pytest

from layers.errors import WorkspaceError
from layers.workspace_file import WorkspaceFile, read_workspace
from tests.layers.workspace_samples import (
    assert_same,
    edited,
    full_workspace,
    layer_of,
    workspace_of,
)


def refusal(path):
    texts = []
    for action in (WorkspaceFile.open, read_workspace):
        with pytest.raises(WorkspaceError) as error:
            action(path)
        assert error.value.where == path.name
        assert error.value.hint
        texts.append(error.value.message)
    assert texts[0] == texts[1]
    return texts[0]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "w.gpkg"
    WorkspaceFile.create(path, full_workspace()).close()
    return path


def test_a_missing_file_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused(tmp_path):
    assert "directory" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"PK\x03\x04 zip", "not a workspace"), (b"x" * 5000, "not a workspace")],
)
def test_what_is_no_database_is_refused(tmp_path, content, word):
    path = tmp_path / "w.gpkg"
    path.write_bytes(content)
    assert word in refusal(path)


def test_a_database_of_another_program_is_refused(tmp_path):
    path = tmp_path / "w.gpkg"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
    assert "another program" in refusal(path)


def test_a_geopackage_that_is_no_workspace_is_refused(tmp_path):
    path = tmp_path / "w.gpkg"
    with fiona.open(
        path, "w", driver="GPKG", crs="EPSG:4326", schema={"geometry": "Point", "properties": {}}
    ):
        pass
    assert "GeoPackage, but not" in refusal(path)


def test_a_newer_format_is_refused(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE deconflict_format SET version = 99")
    before = path.read_bytes()
    assert "newer Deconflict (format 99" in refusal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("part", [0.2, 0.6, 0.9])
def test_a_file_that_was_cut_short_is_refused(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    assert "damaged" in refusal(path)


def test_a_broken_page_that_opening_does_not_read_is_refused_too(path):
    with closing(sqlite3.connect(path)) as connection:
        name = "sqlite_autoindex_gpkg_contents_2"
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 8 : page * size] = b"\xff" * (size - 8)
    path.write_bytes(content)
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("seed", range(8))
def test_a_file_with_overwritten_pages_never_crashes(path, seed):
    chosen = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(20):
        start = chosen.randrange(100, len(content) - 600)
        content[start : start + 500] = chosen.randbytes(500)
    path.write_bytes(content)
    assert refusal(path)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER evil AFTER INSERT ON project BEGIN DELETE FROM deconflict_findings; END",
        "CREATE TRIGGER evil AFTER INSERT ON deconflict_log BEGIN SELECT load_extension('x'); END",
        "CREATE VIEW evil AS SELECT * FROM humanitarian_site",
    ],
)
def test_triggers_and_views_of_others_are_refused(path, sql):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)
    assert "'evil'" in refusal(path)


def test_a_replaced_log_guard_is_refused(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER deconflict_log_no_delete")
    assert "incomplete" in refusal(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER deconflict_log_no_delete AFTER INSERT ON project BEGIN SELECT 1; END"
        )
    assert "deconflict_log_no_delete" in refusal(path)


def test_a_hostile_trigger_under_a_harmless_name_never_runs(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("humanitarian_site", "gpkg_contents", "deconflict_log"):
            connection.execute(
                f"CREATE TRIGGER rtree_{table}_update1 AFTER UPDATE ON {table} "
                "BEGIN DELETE FROM deconflict_findings; END"
            )
    with WorkspaceFile.open(path) as file:
        file.commit("edit", edited(file.workspace, [0], name="x"))
        assert len(read_workspace(path).findings) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE humanitarian_site SET geom = x'00'",
        "UPDATE humanitarian_site SET valid_from = 'yesterday'",
        "UPDATE humanitarian_site SET uncertainty_m = 'far'",
        "UPDATE humanitarian_site SET attributes = '{'",
        "UPDATE humanitarian_site SET attributes = '[1]'",
        "UPDATE humanitarian_site SET attributes = '{},{}'",
        "UPDATE humanitarian_site SET layer_id = 'other'",
        "UPDATE deconflict_findings SET verdict = 'safe'",
        "UPDATE deconflict_findings SET subjects = '[{}]'",
        "UPDATE deconflict_runs SET coverage = NULL",
        "UPDATE deconflict_layers SET kind = 'target'",
        "DELETE FROM deconflict_workspace",
    ],
)
def test_values_that_another_program_broke_are_refused(path, sql):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)
    assert "damaged" in refusal(path)


def test_a_geometry_that_nests_too_deeply_is_refused(path):
    nested = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 20_000 + b"\x01\x07\x00\x00\x00\x00\x00\x00\x00"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE humanitarian_site SET geom = ?", (b"GP\x00\x01\xe6\x10\x00\x00" + nested,))
    assert "nests too deeply" in refusal(path)


def test_creating_over_a_file_that_is_there_is_refused(path):
    before = path.read_bytes()
    with pytest.raises(WorkspaceError, match="already"):
        WorkspaceFile.create(path, workspace_of())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["w.gpkg"]


def test_creating_beside_the_journal_of_a_lost_file_is_refused(tmp_path):
    (tmp_path / "w.gpkg-journal").write_bytes(b"left by a crash")
    with pytest.raises(WorkspaceError, match="journal of an earlier file"):
        WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of())
    assert [p.name for p in tmp_path.iterdir()] == ["w.gpkg-journal"]


def test_creating_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be"):
        WorkspaceFile.create(tmp_path / "none" / "w.gpkg", workspace_of())


def test_a_step_that_cannot_be_stored_changes_nothing(tmp_path):
    with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
        good = file.workspace
        broken = [
            edited(good, [1], name="half \ud800"),
            edited(good, [1], attributes={"Nom": object()}),
            replace(good, layers=(good.layers[0], good.layers[0])),
            good.with_layer(replace(good.layers[0], table=good.layers[0].table.take(np.array([0, 0])))),
            replace(good, id="another"),
        ]
        for workspace in broken:
            with pytest.raises(WorkspaceError):
                file.commit("broken", workspace)
            assert file.workspace is good
        file.commit("good", edited(good, [1], name="fine"))
        assert_same(file.workspace, read_workspace(file.path))
        assert [entry.text for entry in file.log()] == ["Workspace created", "good"]


def test_a_closed_file_says_so(tmp_path):
    file = WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of())
    file.close()
    with pytest.raises(WorkspaceError):
        file.commit("late", file.workspace)
