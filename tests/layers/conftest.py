"""Fixtures for the domain."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from layers.reading import Action, Imported, Problem


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test happens."""
    return datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def problems_of() -> Callable[[Imported, Action], list[Problem]]:
    """Return the problems of one sort, and check that every row is accounted for."""

    def select(imported: Imported, action: Action) -> list[Problem]:
        skipped = {p.row for p in imported.problems if p.action is Action.SKIPPED}
        placed = {int(r) for r, g in zip(imported.row, imported.geometry, strict=True) if g is not None}
        assert not skipped & placed
        assert len(skipped) + len(placed) == imported.rows
        return [p for p in imported.problems if p.action is action]

    return select
