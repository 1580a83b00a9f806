"""Fixes are one step: one undo restores the state before, in the window and in the file."""

import pytest

from desktop.document import Document
from layers.fixes import apply_fixes
from layers.importing import add_to_workspace
from layers.model import Kind
from layers.reading import Action, open_any
from layers.workspace_file import WorkspaceFile, read_workspace
from tests.layers import slips
from tests.layers.workspace_samples import assert_same


@pytest.fixture
def document(qapp, tmp_path):
    WorkspaceFile.create(tmp_path / "work.gpkg", slips.workspace()).close()
    doc = Document(journal=tmp_path / "journal")
    doc.open(tmp_path / "work.gpkg")
    yield doc
    doc.close()


def test_one_undo_takes_back_all_fixes_of_30_slips_and_the_next_the_import(document, tmp_path):
    slips.build(tmp_path / "sites.csv")
    imported = open_any(tmp_path / "sites.csv")
    empty = document.workspace
    workspace, report = add_to_workspace(
        empty, imported, Kind.HUMANITARIAN_SITE, slips.MAPPING, now=slips.NOW, partner="Relief"
    )
    document.apply("Import", workspace)
    before = document.workspace
    document.apply("Apply 30 proposals", apply_fixes(before, report.layer_id, report.of(Action.DOUBT)))
    assert len(document.workspace.layer(report.layer_id).table) < len(before.layer(report.layer_id).table)
    document.undo()
    assert document.workspace is before
    on_disk = read_workspace(document.path)
    assert_same(before.layers, on_disk.layers)
    assert_same(before.sources, on_disk.sources)
    document.undo()
    assert_same(empty.layers, read_workspace(document.path).layers)
