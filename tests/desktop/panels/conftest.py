"""A small checked workspace for the panels: two sites, a zone, names in three scripts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import shapely

from desktop.document import Document
from desktop.tasks import Tasks
from layers.findings import Change, FindingState, Severity, Verdict
from layers.model import Kind, Layer, Mode, Workspace, new_feature
from tests.desktop.panels.builders import NOW, make_coverage, make_layer, make_record, make_run, site


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def tasks(qtbot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    assert made.shut_down()


@pytest.fixture
def document(qtbot, tmp_path: Path) -> Iterator[Document]:
    made = Document(journal=tmp_path / "journal")
    made.user = "Maj. Eva Novak"
    made.new(tmp_path / "operation.gpkg", "Exercise north", Mode.EXERCISE, now=NOW - timedelta(days=3))
    yield made
    if made.is_open:
        made.close()


@pytest.fixture
def layers() -> tuple[Layer, ...]:
    sites = make_layer(
        Kind.HUMANITARIAN_SITE,
        "Health facilities",
        site("s1", "مستشفى الأمل", 36.3, 32.3, contact="Dr Lina Haddad, +962 6 555 0101"),
        site("s2", "Центральна лікарня <b>№ 2</b>", 36.31, 32.31),
    )
    zone = new_feature(
        Kind.MILITARY_ZONE,
        shapely.box(36.3045, 32.3, 36.32, 32.305),
        feature_id="z1",
        source_id="OPS-14",
        name="Firing area Falcon",
        category="firing",
        fields={"contact": "G3 Air, ext. 2214"},
    )
    return sites, make_layer(Kind.MILITARY_ZONE, "Zones of the brigade", zone)


@pytest.fixture
def checked(document: Document, layers: tuple[Layer, ...]) -> Workspace:
    """The document's workspace with layers, one run and four findings in different states."""
    document.apply("Import", replace(document.workspace, layers=layers))
    workspace = document.workspace
    records = (
        make_record(workspace, "s2", "z1", severity=Severity.HIGH, distance_m=499.7),
        make_record(workspace, "s1", "z1", severity=Severity.CRITICAL, distance_m=120.0),
        make_record(
            workspace, "s1", "z9", distance_m=40.0, state=FindingState.NOT_RETESTED,
            change=Change.PERSISTENT, reason="The layer “Zones of the corps” was removed.",
        ),
        make_record(
            workspace, "s2", "z8", severity=Severity.LOW, verdict=Verdict.POSSIBLE,
            state=FindingState.RESOLVED, change=Change.PERSISTENT,
        ),
    )  # fmt: skip
    document.apply("Check", replace(workspace, findings=records, runs=(make_run(make_coverage()),)))
    return document.workspace
