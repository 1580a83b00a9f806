"""Columns in one block: what goes in comes out, and what cannot go in is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.packed import BREAK, Columns, packed, packed_text

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=BREAK))
columns = st.one_of(
    st.lists(st.one_of(st.none(), texts)),
    st.lists(st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1))),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False))),
)


@given(columns)
def test_values_of_one_type_come_back_as_they_were(values):
    block = packed(values)
    assert block is not None
    back = block.unpacked().tolist()
    assert back == values
    assert list(map(type, back)) == list(map(type, values))


@pytest.mark.parametrize(
    "values", [["a", 1], [1, 2.0], [True], [2**63], [f"a{BREAK}b"], ["\ud800"]], ids=repr
)
def test_what_does_not_fit_into_one_block_is_not_packed(values):
    assert packed(values) is None


def test_texts_that_do_not_match_their_rows_are_not_packed():
    assert packed_text(f"a{BREAK}b{BREAK}", np.ones(3, dtype=bool)) is None


def test_a_packed_column_becomes_values_once():
    block = packed(["a", None])
    assert block is not None
    looked_at = Columns({"NAME": block, "MIXED": np.array([1, "x"], dtype=object)})
    assert looked_at["NAME"].tolist() == ["a", None]
    assert looked_at["NAME"] is looked_at["NAME"]
    assert list(looked_at) == ["NAME", "MIXED"]
    assert looked_at["MIXED"].tolist() == [1, "x"]
