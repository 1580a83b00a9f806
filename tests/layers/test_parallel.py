"""Work on several threads gives what it gives on one, also where it is asked for within itself."""

from layers import parallel


def test_work_within_work_is_finished_however_few_threads_there_are():
    rows = parallel.WORTH_IT

    def squares(n: int) -> list[int]:
        return parallel.each(lambda i: i * i, range(n), rows=rows)

    def pair(n: int) -> tuple[list[int], list[int]]:
        return parallel.both(lambda: squares(n), lambda: squares(n + 1), rows=rows)

    expected = [([i * i for i in range(n)], [i * i for i in range(n + 1)]) for n in range(20)]
    assert parallel.each(pair, range(20), rows=rows) == expected
