"""The table of a shapefile is read column by column in blocks; each block says what its cells say."""

import numpy as np
import pytest

from layers import shapefile_table as table


def cells(*values: bytes) -> np.ndarray:
    width = max(map(len, values))
    return np.array([list(value.ljust(width)) for value in values], dtype=np.uint8)


def text(*values: bytes) -> table.RawText:
    width = max(map(len, values))
    return table._text(table.TableField(b"NAME", "C", 1, width, 0), cells(*values))


@pytest.mark.parametrize("count", [1, 3, 10_000])
def test_text_is_cut_at_its_first_nul_and_loses_the_blanks_around_it(count):
    given = [b"  two words ", b"", b"cut\0here", b" \0", "ʿAlī".encode(), b"\0", b"   ", b"x" * 300][:count]
    given = (given * count)[:count]
    column = text(*given)
    expected = [value.partition(b"\0")[0].strip(b" ") for value in given]
    assert column.values == expected
    assert column.lengths.tolist() == [len(value) for value in expected]


def test_values_beyond_ascii_are_found_wherever_they_stand():
    column = text(*[b"plain"] * 50, "Łódź".encode(), b"", *[b"plain"] * 50, "Žilina".encode())
    assert column.foreign(None) == ["Łódź".encode(), "Žilina".encode()]
    assert column.foreign(1) == ["Łódź".encode()]
    assert text(b"plain").foreign(1) == []


def test_numbers_with_decimals_are_read_as_python_reads_them():
    given = [b"261.610000000000014", b"-.5", b"", b"1e3", b"+7"]
    packed = table._plain_reals(cells(*given))
    assert packed is not None
    assert packed.unpacked().tolist() == [float(value) if value else None for value in given]


@pytest.mark.parametrize("odd", [b"****", b"1_000", b"nan", b"1e999", b"1 2", b"1,5"])
def test_a_column_with_anything_but_numbers_is_not_read_in_one_piece(odd):
    assert table._plain_reals(cells(b"1.5", odd)) is None
