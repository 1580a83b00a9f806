"""Times in columns."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from layers.volume import to_column, to_columns


def test_many_times_become_a_column_just_as_each_alone():
    moments = [
        datetime.min.replace(tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        None,
        datetime(2026, 3, 12, 10, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime.max.replace(tzinfo=UTC),
    ]
    column = to_columns(moments)
    assert column.dtype == np.dtype("datetime64[us]")
    np.testing.assert_array_equal(column, np.array([to_column(at) for at in moments]))
    assert len(to_columns([])) == 0
