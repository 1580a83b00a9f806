import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import shapely

from desktop.document import Document, rows_changed
from desktop.tasks import Tasks
from layers.errors import LayersError, WorkspaceError
from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, table_of
from layers.workspace_file import WorkspaceFile, read_workspace

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


def sites(*names):
    features = [
        new_feature(
            Kind.HUMANITARIAN_SITE,
            shapely.Point(20 + i / 100, 45),
            feature_id=f"s{i}",
            name=name,
            category="school",
        )
        for i, name in enumerate(names)
    ]
    return table_of(spec_of(Kind.HUMANITARIAN_SITE), features)


def with_sites(workspace, *names, layer_id="sites"):
    return workspace.with_layer(Layer(layer_id, Kind.HUMANITARIAN_SITE, "Schools", sites(*names)))


@pytest.fixture
def tasks(qapp):
    runner = Tasks()
    yield runner
    assert runner.shut_down(60_000)


@pytest.fixture
def document(qapp, tmp_path):
    doc = Document(journal=tmp_path / "journal")
    doc.new(tmp_path / "work.gpkg", "Azure", Mode.EXERCISE, now=NOW)
    yield doc
    if doc.is_open:
        doc.close()


def on_disk(document):
    return read_workspace(document.path)


def test_what_was_applied_is_on_the_disk_when_apply_returns(document):
    document.apply("Import schools", with_sites(document.workspace, "North", "South"))
    layer = on_disk(document).layer("sites")
    assert list(layer.table.name) == ["North", "South"]
    assert document.file.log()[-1].text == "Import schools"


def test_undo_and_redo_restore_the_very_same_values_in_memory_and_the_content_on_disk(document):
    before = document.workspace
    after = with_sites(before, "North")
    document.apply("Import schools", after)
    document.undo()
    assert document.workspace is before
    assert on_disk(document).layers == ()
    document.redo()
    assert document.workspace is after
    assert list(on_disk(document).layer("sites").table.name) == ["North"]
    assert [entry.text for entry in document.file.log()[-2:]] == [
        "Undo Import schools",
        "Redo Import schools",
    ]


def test_undo_steps_are_named(document):
    document.apply("Import schools", with_sites(document.workspace, "North"))
    assert document.undo_stack.undoText() == "Import schools"


def test_changed_tells_before_and_after(document, qtbot):
    before = document.workspace
    after = with_sites(before, "North")
    with qtbot.waitSignal(document.changed) as caught:
        document.apply("Import schools", after)
    assert caught.args[0] is before
    assert caught.args[1] is after


def test_a_refused_commit_leaves_everything_as_it_was(document):
    before = document.workspace
    document.file.close()  # as when the share with the file goes away
    changes = []
    document.changed.connect(lambda *_: changes.append(1))
    with pytest.raises(WorkspaceError):
        document.apply("Import schools", with_sites(before, "North"))
    assert document.workspace is before
    assert document.undo_stack.count() == 0
    assert changes == []


def test_a_refused_undo_keeps_the_step(document):
    document.apply("Import schools", with_sites(document.workspace, "North"))
    after = document.workspace
    document.file.close()
    with pytest.raises(WorkspaceError):
        document.undo()
    assert document.workspace is after
    assert document.undo_stack.canUndo()


def test_a_background_commit_is_one_step_and_holds_everything_else_back(document, tasks, qtbot):
    after = with_sites(document.workspace, "North")
    document.apply_in_background("Import schools", after, tasks)
    assert document.is_committing
    with pytest.raises(LayersError, match="still being saved"):
        document.apply("Other", with_sites(document.workspace, "South"))
    with pytest.raises(LayersError, match="still being saved"):
        document.undo()
    qtbot.waitUntil(lambda: document.workspace is after)
    assert not document.is_committing
    document.undo()
    assert on_disk(document).layers == ()


def test_the_map_gets_ready_off_the_window_s_thread_before_a_large_change_is_shown(document, tasks, qtbot):
    told = []
    document.prepare = lambda workspace: told.append((workspace, threading.current_thread()))
    document.changed.connect(lambda _, after: told.append((after, threading.current_thread())))
    after = with_sites(document.workspace, "North")
    document.apply_in_background("Import schools", after, tasks)
    qtbot.waitUntil(lambda: document.workspace is after)
    assert [workspace for workspace, _ in told] == [after, after]
    assert told[0][1] is not threading.main_thread()
    assert told[1][1] is threading.main_thread()


def test_a_background_commit_that_fails_is_told_and_changes_nothing(document, tasks, qtbot):
    before = document.workspace
    document.file.close()
    with qtbot.waitSignal(tasks.failed) as caught:
        document.apply_in_background("Import schools", with_sites(before, "North"), tasks)
    assert isinstance(caught.args[0], WorkspaceError)
    assert document.workspace is before
    assert not document.is_committing


def test_undo_of_a_large_step_runs_in_the_background(document, tasks, qtbot):
    before = document.workspace
    features = sites("x")
    many = replace(features.take([0] * 6_000), id=features.take([0] * 6_000).id.copy())
    many = replace(many, id=_ids(6_000))
    document.apply("Import", before.with_layer(Layer("many", Kind.HUMANITARIAN_SITE, "Many", many)))
    document.undo(tasks)
    assert document.is_committing
    qtbot.waitUntil(lambda: document.workspace is before)
    assert on_disk(document).layers == ()


def _ids(count):
    import numpy as np

    return np.array([f"f{i}" for i in range(count)], dtype=object)


def test_revert_goes_back_to_what_was_opened_and_can_be_undone(document):
    first = document.workspace
    document.apply("A", with_sites(first, "North"))
    document.apply("B", with_sites(document.workspace, "North", "South"))
    last = document.workspace
    document.revert()
    assert document.workspace is first
    document.undo()
    assert document.workspace is last


def test_nothing_can_be_applied_while_nothing_is_open(qapp, tmp_path):
    document = Document(journal=tmp_path)
    with pytest.raises(LayersError, match="No workspace is open"):
        document.apply("Import", with_sites(document.workspace, "North"))
    assert not document.is_open


def test_a_workspace_without_a_name_survives_the_end_of_the_program(qapp, tmp_path):
    journal = tmp_path / "journal"
    first = Document(journal=journal)
    first.new(None, "Later", Mode.TEST, now=NOW)
    first.apply("Import", with_sites(first.workspace, "North"))
    assert first.is_unnamed
    first.file.close()  # the process dies: no close(), no farewell

    second = Document(journal=journal)
    (path,) = second.unnamed_files()
    second.open(path)
    assert list(second.workspace.layer("sites").table.name) == ["North"]
    second.save_as(tmp_path / "kept.gpkg")
    assert not second.is_unnamed
    assert second.unnamed_files() == ()
    second.close()


def test_an_unnamed_workspace_that_stayed_empty_leaves_no_file(qapp, tmp_path):
    document = Document(journal=tmp_path / "journal")
    document.new(None, "Nothing", Mode.TEST, now=NOW)
    document.close()
    assert document.unnamed_files() == ()


def test_keep_as_goes_on_in_the_copy_and_undo_still_works(document, tmp_path):
    original = document.path
    before = document.workspace
    document.apply("Import schools", with_sites(document.workspace, "North"))
    after = document.workspace
    document.save_as(tmp_path / "copy.gpkg")
    assert document.path == tmp_path / "copy.gpkg"
    assert document.workspace is after
    document.undo()
    assert document.workspace is before
    assert on_disk(document).layers == ()
    assert len(read_workspace(original).layers) == 1


def test_keep_as_into_a_folder_that_is_not_there_keeps_working_where_it_was(document, tmp_path):
    original, before = document.path, document.workspace
    with pytest.raises(WorkspaceError):
        document.save_as(tmp_path / "missing" / "copy.gpkg")
    assert document.workspace is before
    document.apply("Import schools", with_sites(document.workspace, "North"))
    assert document.path == original
    assert len(read_workspace(original).layers) == 1


def test_opening_another_workspace_forgets_steps_and_selection(document, tmp_path):
    document.apply("Import schools", with_sites(document.workspace, "North"))
    document.set_selection({"s0"})
    other = tmp_path / "other.gpkg"
    WorkspaceFile.create(other, replace(document.workspace, id="other", layers=())).close()
    document.open(other)
    assert document.undo_stack.count() == 0
    assert document.selection == frozenset()


def test_a_selected_feature_that_is_deleted_is_no_longer_selected(document):
    document.apply("Import schools", with_sites(document.workspace, "North", "South"))
    document.set_selection({"s0", "s1", "not there"})
    assert document.selection == {"s0", "s1"}
    document.apply("Delete", with_sites(document.workspace, "North"))
    assert document.selection == {"s0"}


def test_a_result_computed_from_an_older_workspace_is_not_used(document):
    used, refused = [], []
    guarded = document.when_unchanged(used.append, lambda: refused.append(1))
    result = with_sites(document.workspace, "North")
    document.apply("Other change", with_sites(document.workspace, "South"))
    guarded(result)
    assert (used, refused) == ([], [1])


def test_rows_changed_counts_only_tables_that_differ(document):
    a = with_sites(document.workspace, "North", "South")
    renamed = a.with_layer(replace(a.layer("sites"), name="Other"))
    assert rows_changed(a, renamed) == 0
    assert rows_changed(a, with_sites(a, "North")) == 3
