"""A workspace file keeps everything exactly, loses nothing, and refuses what is not its own."""

import json
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import fiona
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import workspace_schema as schema
from layers.errors import WorkspaceError
from layers.kinds import KINDS, spec_of
from layers.model import (
    Kind,
    Layer,
    new_feature,
    table_of,
)
from layers.volume import Window
from layers.workspace_file import WorkspaceFile, read_workspace
from layers.workspace_records import SOURCES, json_text
from layers.workspace_tables import place
from tests.layers.workspace_samples import (
    SITE,
    assert_same,
    column_equal,
    edited,
    full_workspace,
    layer_of,
    site,
    workspace_of,
)


class TestKeeping:
    def test_everything_a_workspace_can_say_comes_back_exactly(self, tmp_path):
        path = tmp_path / "w.gpkg"
        workspace = full_workspace()
        WorkspaceFile.create(path, workspace).close()
        with WorkspaceFile.open(path) as file:
            assert_same(workspace, file.workspace)
        assert_same(workspace, read_workspace(path))

    @pytest.mark.parametrize("n", [1, 50, 121])
    def test_a_text_that_no_row_states_takes_no_cell_and_comes_back_empty(self, tmp_path, n):
        path = tmp_path / "w.gpkg"
        features = [site(i, label="", name="" if n > 1 else "One") for i in range(n)]
        workspace = workspace_of(Layer("sites", Kind.HUMANITARIAN_SITE, "Sites", table_of(SITE, features)))
        WorkspaceFile.create(path, workspace).close()
        with closing(sqlite3.connect(path)) as connection:
            (cells,) = set(connection.execute("SELECT label, name FROM humanitarian_site"))
        assert cells == ((None, None) if n > 1 else (None, "One"))
        assert_same(workspace, read_workspace(path))

    def test_a_long_report_is_written_as_a_short_one(self):
        report = {
            "file": "лікарні “1”.csv",
            "rows": np.int64(12_001),
            "doubts": [{"row": row, "what": f"é {row}"} for row in range(12_001)],
            "skipped": [],
            "applied": ({"row": 1},),
            "delivery": {"added": [1, 2]},
        }
        source = replace(full_workspace().sources[0], report=report)
        (row,) = SOURCES.rows([source])
        assert row[-1] == json_text(report)
        assert SOURCES.decode(row).report == json.loads(json_text(report))
        (row,) = SOURCES.rows([replace(source, report={})])
        assert row[-1] == "{}"

    def test_committing_in_steps_gives_the_same_file_as_creating_it_whole(self, tmp_path):
        path = tmp_path / "w.gpkg"
        workspace = full_workspace()
        with WorkspaceFile.create(path, workspace_of()) as file:
            start = replace(workspace, layers=(), findings=(), runs=(), rules={}, id=file.workspace.id)
            for step in (start, replace(start, layers=workspace.layers), replace(workspace, id=start.id)):
                file.commit("step", step)
                assert file.workspace is step
            assert_same(step, read_workspace(path))

    def test_only_the_rows_that_differ_are_written(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(100))) as file:
            before = file.workspace
            file.commit("edit", edited(before, [3, 50], name="new", geometry=shapely.Point(1, 2)))
            table = before.layers[0].table.take(np.arange(100) != 7)
            table = table.append(table_of(SITE, [site(500), site(501), site(502)]))
            file.commit("swap", before.with_layer(replace(before.layers[0], table=table)))
            file.commit("nothing", file.workspace)
            counts = [dict(entry.counts) for entry in file.log()]
            assert counts == [{"added": 100}, {"changed": 2}, {"added": 3, "changed": 2, "removed": 1}, {}]
            assert_same(file.workspace, read_workspace(file.path))

    def test_equal_rows_in_new_arrays_are_not_written(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(20))) as file:
            file.commit("again", file.workspace.with_layer(layer_of(20)))
            assert file.log()[-1].counts == {}

    @pytest.mark.parametrize(
        ("column", "before", "after"),
        [
            ("a", 1, 1.0),
            ("a", 1, True),
            ("a", "1", 1),
            ("a", None, ""),
            ("a", None, 0),
            ("a", 0.1 + 0.2, 0.3),
        ],
    )
    def test_attributes_that_only_look_alike_are_told_apart(self, tmp_path, column, before, after):
        first = table_of(SITE, [site(1, attributes={column: before})])
        second = table_of(SITE, [site(1, attributes={column: after})])
        layer = Layer("sites", Kind.HUMANITARIAN_SITE, "Sites", first)
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer)) as file:
            file.commit("edit", file.workspace.with_layer(replace(layer, table=second)))
            assert_same(file.workspace, read_workspace(file.path))

    def test_rows_keep_their_order_through_deletes_undo_and_sorting(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(30))) as file:
            whole = file.workspace
            layer = whole.layers[0]
            for rows in (
                np.arange(30) % 3 > 0,
                np.arange(30),
                np.arange(29, -1, -1),
                np.array([5, 2]),
                np.arange(30),
            ):
                file.commit("rows", whole.with_layer(replace(layer, table=layer.table.take(rows))))
                assert_same(file.workspace, read_workspace(file.path))

    def test_layers_keep_order_name_visibility_and_lock(self, tmp_path):
        layers = [layer_of(2, f"l{i}", f"Layer {i}") for i in range(4)]
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(*layers)) as file:
            turned = (
                replace(layers[3], name="Renamed", locked=True),
                replace(layers[0], visible=False),
                layers[2],
            )
            file.commit("order", replace(file.workspace, layers=turned))
            assert_same(file.workspace, read_workspace(file.path))

    def test_a_layer_that_becomes_another_kind_moves_with_its_features(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
            project = new_feature(Kind.PROJECT, shapely.Point(1, 1), feature_id="site00001")
            table = table_of(spec_of(Kind.PROJECT), [project])
            file.commit(
                "kind", replace(file.workspace, layers=(Layer("sites", Kind.PROJECT, "Sites", table),))
            )
            assert_same(file.workspace, read_workspace(file.path))

    def test_attribute_columns_come_and_go(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
            layer = file.workspace.layers[0]
            for names in (["Nom", "gone"], [], ["Nom", "count", "ratio", "gone"]):
                kept = {name: layer.table.attributes[name] for name in names}
                file.commit(
                    "columns",
                    file.workspace.with_layer(replace(layer, table=replace(layer.table, attributes=kept))),
                )
                assert_same(file.workspace, read_workspace(file.path))

    def test_the_log_says_when_who_what_and_how_much(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(2))) as file:
            file.commit("Moved a site", edited(file.workspace, [0], name="x"), by="Maj. Y")
            created, moved = file.log()
        assert (created.number, created.text) == (1, "Workspace created")
        assert (moved.number, moved.text, moved.by, moved.counts) == (
            2,
            "Moved a site",
            "Maj. Y",
            {"changed": 1},
        )
        assert abs(moved.at - datetime.now(UTC)) < timedelta(minutes=1)

    @pytest.mark.parametrize("sql", ["UPDATE deconflict_log SET text = 'x'", "DELETE FROM deconflict_log"])
    def test_the_log_can_only_be_added_to(self, tmp_path, sql):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, workspace_of()).close()
        with (
            closing(sqlite3.connect(path)) as connection,
            pytest.raises(sqlite3.IntegrityError, match="only be added"),
        ):
            connection.execute(sql)

    def test_what_was_deleted_is_not_left_to_be_read_in_the_file(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(50))) as file:
            secret = edited(file.workspace, [7], name="SECRETNAME", attributes={"Nom": "SECRETVALUE"})
            file.commit("edit", secret)
            assert b"SECRETNAME" in file.path.read_bytes()
            rows = np.arange(50) != 7
            layer = secret.layers[0]
            file.commit("remove", secret.with_layer(replace(layer, table=layer.table.take(rows))))
        assert b"SECRETNAME" not in file.path.read_bytes()
        assert b"SECRETVALUE" not in file.path.read_bytes()

    def test_a_closed_file_is_one_file(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(2))) as file:
            file.commit("edit", edited(file.workspace, [0], name="x"))
        file.close()
        assert [p.name for p in tmp_path.iterdir()] == ["w.gpkg"]
        read_workspace(file.path)
        assert [p.name for p in tmp_path.iterdir()] == ["w.gpkg"]

    def test_a_file_opened_in_one_thread_can_be_used_in_another(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(2))) as file:
            thread = threading.Thread(
                target=file.commit, args=("edit", edited(file.workspace, [0], name="x"))
            )
            thread.start()
            thread.join()
            assert read_workspace(file.path).layers[0].table.name[0] == "x"

    def test_odd_paths_are_only_paths(self, tmp_path):
        path = tmp_path / "a #1 ?mode=ro 100%.gpkg"
        WorkspaceFile.create(path, workspace_of(layer_of(2))).close()
        with WorkspaceFile.open(str(path)) as file:
            file.commit("edit", edited(file.workspace, [0], name="x"))
        assert read_workspace(path).layers[0].table.name[0] == "x"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
NUMBERS = st.floats(width=64)
COORDINATE = st.floats(-180, 180)
POINTS = st.builds(shapely.Point, COORDINATE, COORDINATE)
GEOMETRIES = st.one_of(
    st.none(),
    POINTS,
    st.just(shapely.Point()),
    st.just(shapely.from_wkt("POINT Z (1 2 3)")),
    st.just(shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))")),
    st.lists(POINTS, min_size=2, max_size=4).map(shapely.LineString),
    st.tuples(COORDINATE, COORDINATE).map(lambda xy: shapely.Point(xy).buffer(0.1, quad_segs=1)),
    st.lists(POINTS, max_size=3).map(shapely.MultiPoint),
)
ATTRIBUTE = st.one_of(st.none(), TEXT, st.integers(), NUMBERS, st.booleans())


@st.composite
def layers_(draw, layer_id):
    kind = draw(st.sampled_from(list(Kind)))
    spec = spec_of(kind)
    names = draw(st.lists(TEXT, max_size=3, unique=True))
    features = []
    for number in range(draw(st.integers(0, 4))):
        window = Window(draw(TIMES), draw(TIMES))
        values = {f.name: draw(NUMBERS if f.is_number else TEXT) for f in spec.fields[:4]}
        feature = new_feature(
            kind,
            draw(GEOMETRIES),
            feature_id=f"{layer_id}-{number}",
            source_id=draw(TEXT),
            name=draw(TEXT),
            category=draw(TEXT),
            window=window,
            uncertainty_m=draw(NUMBERS),
            label=draw(TEXT),
            fields=values,
            attributes={name: draw(ATTRIBUTE) for name in names},
        )
        features.append(feature.with_changes(source=draw(TEXT), source_row=draw(st.integers(0, 2**40))))
    return Layer(
        layer_id, kind, draw(TEXT), table_of(spec, features), draw(st.booleans()), draw(st.booleans())
    )


@st.composite
def workspaces(draw):
    layers = tuple(draw(layers_(f"layer{i}")) for i in range(draw(st.integers(0, 3))))
    return replace(workspace_of(*layers), id="same", title=draw(TEXT), time_zone=draw(TEXT))


class TestAnyWorkspace:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(first=workspaces(), second=workspaces(), third=workspaces())
    def test_whatever_is_committed_comes_back(self, tmp_path_factory, first, second, third):
        path = tmp_path_factory.mktemp("any") / "w.gpkg"
        with WorkspaceFile.create(path, first) as file:
            assert_same(first, read_workspace(path))
            file.commit("second", second)
            assert_same(second, read_workspace(path))
            file.commit("third", third)
        with WorkspaceFile.open(path) as file:
            assert_same(third, file.workspace)

    @given(
        before=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 8) | st.integers(1, 2**20)), max_size=6),
        behind=st.integers(0, 3),
    )
    def test_rows_put_between_others_get_numbers_between_theirs(self, before, behind):
        orders = []
        last = 0
        for new, gap in before:
            last += gap
            orders += [-1] * new + [last]
        orders = np.array(orders + [-1] * behind, dtype=np.int64)
        after = place(orders)
        assert (np.diff(after) > 0).all()
        if all(gap > new for new, gap in before):
            assert (after[orders >= 0] == orders[orders >= 0]).all()

    def test_rows_that_changed_places_are_numbered_afresh(self):
        assert (np.diff(place(np.array([5, -1, 3]))) > 0).all()


class TestOtherPrograms:
    def test_gis_programs_read_the_same_features(self, tmp_path):
        path = tmp_path / "w.gpkg"
        workspace = full_workspace()
        WorkspaceFile.create(path, workspace).close()
        table = workspace.layers[0].table
        listed = {str(name) for name, _ in pyogrio.list_layers(path)}
        assert {spec.kind.value for spec in KINDS} <= listed
        assert set(fiona.listlayers(path)) == listed
        info = pyogrio.read_info(path, layer="humanitarian_site", force_total_bounds=True)
        assert (info["features"], info["crs"]) == (5, "EPSG:4326")
        assert tuple(info["total_bounds"]) == table.extent
        meta, _, wkb, columns = pyogrio.raw.read(path, layer="humanitarian_site")
        data = dict(zip(meta["fields"], columns, strict=True))
        assert column_equal(shapely.from_wkb(wkb), table.geometry)
        assert list(data["name"]) == list(table.name)
        assert list(data["population"]) == [0, 1, 2, 3, 4]
        assert data["valid_from"][0] == np.datetime64("2026-11-23T08:00:00")
        with fiona.open(path, layer="military_zone") as zones:
            (zone,) = zones
            assert zone.properties["unit"] == "1 Bn"
            assert shapely.geometry.shape(zone.geometry).equals(workspace.layers[1].table.geometry[0])

    def test_every_table_is_registered(self, tmp_path):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, full_workspace()).close()
        with closing(sqlite3.connect(path)) as connection:
            tables = {
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            contents = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")}
            assert {t for t in tables if not t.startswith(("gpkg_", "sqlite_"))} == contents
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)

    def test_extents_follow_the_features(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
            file.commit("move", edited(file.workspace, [0], geometry=shapely.Point(-5, 40)))
            info = pyogrio.read_info(file.path, layer="humanitarian_site", force_total_bounds=True)
            assert tuple(info["total_bounds"]) == file.workspace.extent
            file.commit("clear", replace(file.workspace, layers=()))
            with closing(sqlite3.connect(file.path)) as connection:
                rows = connection.execute("SELECT DISTINCT min_x, max_y FROM gpkg_contents").fetchall()
            assert rows == [(None, None)]

    def test_a_feature_edited_in_a_gis_is_read_and_an_index_made_there_is_dropped(self, tmp_path):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, workspace_of(layer_of(3))).close()
        with fiona.open(
            path, "w", layer="scratch", driver="GPKG", schema={"geometry": "Point", "properties": {}}
        ):
            pass
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "UPDATE humanitarian_site SET name = NULL, valid_to = '2026-12-01T10:00:00' WHERE fid = 1"
            )
            connection.execute(
                'CREATE VIRTUAL TABLE "rtree_humanitarian_site_geom" USING rtree(id, a, b, c, d)'
            )
            connection.execute(
                'CREATE TRIGGER "rtree_humanitarian_site_geom_insert" AFTER INSERT ON "humanitarian_site" '
                'BEGIN INSERT INTO "rtree_humanitarian_site_geom" '
                "VALUES (NEW.fid, ST_MinX(NEW.geom), 0, 0, 0); END"
            )
        assert read_workspace(path).layers[0].table.name[0] == ""
        with WorkspaceFile.open(path) as file:
            table = file.workspace.layers[0].table
            assert table.name[0] == ""
            assert table.valid_to[0] == np.datetime64("2026-12-01T10:00:00")
            more = table.append(table_of(SITE, [site(9)]))
            file.commit("add", file.workspace.with_layer(replace(file.workspace.layers[0], table=more)))
        assert len(read_workspace(path).layers[0].table) == 4
        assert "scratch" in fiona.listlayers(path)


class TestTwoAtOnce:
    def test_the_second_to_commit_is_told_and_overwrites_nothing(self, tmp_path):
        path = tmp_path / "w.gpkg"
        with (
            WorkspaceFile.create(path, workspace_of(layer_of(3))) as mine,
            WorkspaceFile.open(path) as theirs,
        ):
            theirs.commit("theirs", edited(theirs.workspace, [0], name="theirs"))
            with pytest.raises(WorkspaceError, match="changed by another program"):
                mine.commit("mine", edited(mine.workspace, [0], name="mine"))
            theirs.commit("theirs again", edited(theirs.workspace, [1], name="theirs"))
        assert list(read_workspace(path).layers[0].table.name[:2]) == ["theirs", "theirs"]

    def test_a_change_made_in_a_gis_meanwhile_is_not_overwritten(self, tmp_path):
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
            with closing(sqlite3.connect(file.path)) as connection, connection:
                connection.execute("UPDATE humanitarian_site SET name = 'gis' WHERE fid = 1")
            with pytest.raises(WorkspaceError, match="changed by another program"):
                file.commit("mine", edited(file.workspace, [0], name="mine"))

    def test_a_file_that_another_program_is_writing_is_in_use(self, tmp_path, monkeypatch):
        monkeypatch.setattr("layers.workspace_file._BUSY_TIMEOUT_S", 0.05)
        with WorkspaceFile.create(tmp_path / "w.gpkg", workspace_of(layer_of(3))) as file:
            with closing(sqlite3.connect(file.path, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                with pytest.raises(WorkspaceError, match="in use"):
                    file.commit("mine", edited(file.workspace, [0], name="mine"))
                connection.execute("ROLLBACK")
            file.commit("mine", edited(file.workspace, [0], name="mine"))

    def test_reading_a_file_in_wal_mode_leaves_nothing_beside_it(self, tmp_path):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, workspace_of(layer_of(3))).close()
        with closing(sqlite3.connect(path)) as connection:  # as QGIS leaves it while it is open
            connection.execute("PRAGMA journal_mode = WAL")
            with connection:
                connection.execute("UPDATE humanitarian_site SET name = 'wal' WHERE fid = 1")
            beside = sorted(p.name for p in tmp_path.iterdir())
            assert read_workspace(path).layers[0].table.name[0] == "wal"
            assert sorted(p.name for p in tmp_path.iterdir()) == beside


class TestUpgrading:
    @pytest.fixture
    def next_version(self, monkeypatch):
        def add(connection):
            connection.execute("UPDATE deconflict_workspace SET title = title || ' (upgraded)'")

        monkeypatch.setattr(schema, "MIGRATIONS", (schema.Migration(1, "titles say so", add),))
        monkeypatch.setattr(schema, "FORMAT_VERSION", 2)

    def test_an_older_file_is_brought_up_to_date_once(self, tmp_path, request):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, full_workspace()).close()
        before = path.read_bytes()
        request.getfixturevalue("next_version")
        assert read_workspace(path).title == "Exercise Olive (upgraded)"
        assert path.read_bytes() == before
        for _ in range(2):
            with WorkspaceFile.open(path) as file:
                assert file.workspace.title == "Exercise Olive (upgraded)"
                assert [entry.text for entry in file.log()][1:] == ["Brought to format 2: titles say so"]
        assert read_workspace(path).title == "Exercise Olive (upgraded)"

    def test_a_step_that_fails_leaves_the_file_as_it_was(self, tmp_path, monkeypatch):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, full_workspace()).close()

        def fail(connection):
            connection.execute("UPDATE deconflict_workspace SET title = 'half'")
            connection.execute("SELECT * FROM no_such_table")

        monkeypatch.setattr(schema, "MIGRATIONS", (schema.Migration(1, "fails", fail),))
        monkeypatch.setattr(schema, "FORMAT_VERSION", 2)
        with pytest.raises(WorkspaceError):
            WorkspaceFile.open(path)
        monkeypatch.undo()
        assert read_workspace(path).title == "Exercise Olive"

    def test_a_file_of_a_program_that_kept_no_versions_of_the_rules_opens_and_gets_them(self, tmp_path):
        path = tmp_path / "w.gpkg"
        WorkspaceFile.create(path, full_workspace()).close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP TABLE deconflict_rulebook")
            connection.execute("DELETE FROM gpkg_contents WHERE table_name = 'deconflict_rulebook'")
        before = path.read_bytes()
        expected = replace(full_workspace(), rulebook=())
        assert read_workspace(path).rulebook == ()
        assert path.read_bytes() == before
        with WorkspaceFile.open(path) as file:
            assert file.workspace.rulebook == () and file.workspace.rules == expected.rules
            file.commit("Confirm", replace(file.workspace, rulebook=full_workspace().rulebook))
        assert read_workspace(path).rulebook == full_workspace().rulebook

    def test_a_file_of_a_program_that_knew_fewer_kinds_and_fields_gets_them(self, tmp_path, monkeypatch):
        path = tmp_path / "w.gpkg"
        old = tuple(replace(s, fields=s.fields[:2]) for s in KINDS if s.kind is not Kind.LIAISON)
        monkeypatch.setattr(schema, "KINDS", old)
        layer = replace(layer_of(2), table=replace(layer_of(2).table, fields={}))
        with monkeypatch.context() as patch:
            patch.setattr("layers.workspace_tables.spec_of", {s.kind: s for s in old}.__getitem__)
            WorkspaceFile.create(path, workspace_of(layer)).close()
        monkeypatch.undo()
        assert set(read_workspace(path).layers[0].table.fields) == {f.name for f in SITE.fields}
        with WorkspaceFile.open(path) as file:
            person = new_feature(Kind.LIAISON, shapely.Point(1, 1), fields={"role": "LNO"})
            liaison = Layer("p", Kind.LIAISON, "People", table_of(spec_of(Kind.LIAISON), [person]))
            file.commit("add", edited(file.workspace, [0], fields={"population": 7.0}).with_layer(liaison))
            assert_same(file.workspace, read_workspace(path))
        with closing(sqlite3.connect(path)) as connection:
            tables = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        assert tables["humanitarian_site"] == schema.feature_table_sql(SITE)

    def test_no_field_of_a_kind_takes_the_name_of_a_column_that_every_table_has(self):
        system = {name for name, _ in schema.SYSTEM_COLUMNS}
        for spec in KINDS:
            assert not system & {field.name for field in spec.fields}, spec.kind


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    n = 50_000
    rows = np.arange(n)
    base = table_of(SITE, [site(i) for i in range(50)]).take(rows % 50)
    ids = np.empty(n, dtype=object)
    ids[:] = [f"site{i}" for i in rows]
    x = 36 + rows / 1e5
    table = replace(base, id=ids, geometry=shapely.points(x, np.full(n, 32.0)))
    path = tmp_path_factory.mktemp("large") / "w.gpkg"
    with WorkspaceFile.create(path, workspace_of(Layer("sites", SITE.kind, "Sites", table))) as file:
        yield file


class TestSpeed:
    """Generous ceilings: they catch a change of order, not a slow machine."""

    def test_one_edit_among_fifty_thousand_takes_a_blink(self, large):
        spent = []
        for row in range(5):
            workspace = edited(large.workspace, [row], name="new", geometry=shapely.Point(1, row))
            start = time.perf_counter()
            large.commit("edit", workspace)
            spent.append(time.perf_counter() - start)
        assert min(spent) < 2

    def test_fifty_thousand_features_open_in_a_moment(self, large):
        start = time.perf_counter()
        workspace = read_workspace(large.path)
        assert time.perf_counter() - start < 20
        assert_same(large.workspace, workspace)
