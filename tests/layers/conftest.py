"""Fixtures for the domain."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test happens."""
    return datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
