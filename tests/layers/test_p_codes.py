"""P-codes: the lowest of several, and which lie in which."""

import numpy as np
import pytest

from layers.p_codes import lowest, related


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SY070102", "SY070102"),
        ("sy-07-01-02", "SY070102"),
        ("SY07; SY0701 , SY070102", "SY070102"),
        ("SY070102 (Idleb)", "SY070102"),
        ("near the river", ""),
        ("12", ""),
        ("", ""),
        ("BGD2022", "BGD2022"),
        ("SY070102; SY070203", "SY070"),
        ("SY07; SY070102; SY070103", "SY07"),
        ("SY070102, UA05", ""),
    ],
)
def test_the_lowest_code_is_the_longest_or_what_several_have_in_common(text, code):
    assert lowest(text) == code


def test_related_codes_are_the_same_or_one_lies_in_the_other():
    a = np.array(["SY0701", "SY070102", "", "SY08"], dtype=object)
    b = np.array(["SY070102", "SY0701", "SY", "SY07", "SY0702", ""], dtype=object)
    i, j = related(a, b)
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 3),
        (1, 0),
        (1, 1),
        (1, 3),
    ]


def test_no_codes_are_related_to_nothing():
    nothing = np.full(3, "", dtype=object)
    assert [len(rows) for rows in related(nothing, nothing)] == [0, 0]
    assert [len(rows) for rows in related(nothing[:0], nothing)] == [0, 0]
