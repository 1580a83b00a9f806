"""What a check and a change say of the findings, in a few words."""

import pytest

from desktop.step_actions import change_words
from layers.decisions import Comparison


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (Comparison((), ("a", "b"), (), (), ()), "No finding came or went with the change."),
        (Comparison(("a",), ("b",), (), ("c",), ()), "Findings after the change: 1 new, 1 resolved."),
        # A decision that lapsed, and a finding that came back: neither is new, and both must be told.
        (Comparison(("a", "b"), ("c",), ("b", "c"), (), ()), "Findings after the change: 1 new, 2 reopened."),
        (
            Comparison(tuple(map(str, range(1043))), (), (), (), (("x", "why"),)),
            "Findings after the change: 1,043 new, 1 not re-tested.",
        ),
    ],
)
def test_a_change_says_what_came_and_went_and_which_decisions_lapsed(comparison, words):
    assert change_words(comparison) == words
