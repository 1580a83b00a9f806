"""The guide says what the program does now."""

from pathlib import Path

import pytest

from layers.rules import RULES

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("page", ["README.md", "docs/user/3-check-and-decide.md"])
def test_the_number_of_rules_is_that_of_the_program(page):
    assert f"{len(RULES)} rules" in (ROOT / page).read_text(encoding="utf-8")
