"""Findings packed away: for a million sites there are two million, and as objects they take gigabytes.

A page holds the cells that a workspace file has of some findings, compressed. A finding is an object only
while it is read.
"""

import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, overload

from layers.errors import WorkspaceError
from layers.findings import Change, FindingRecord, FindingState
from layers.workspace_records import FINDINGS, Row

_PAGE = 1_024
_FASTEST = 1
"""Level of compression: names, rules and words repeat, so that more effort gains little."""
_COLUMN = {name: place for place, (name, _) in enumerate(FINDINGS.columns)}


class FindingPages(Sequence[FindingRecord]):
    """Findings in their order, a tenth of the size that they have as objects; it does not change.

    Going through them in order costs some 20 microseconds each, picking out one a millisecond: it is made for
    what goes through all of them, such as the command line. The window holds objects.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Pack the cells of findings, as `FINDINGS.rows` makes them; they are looked at when read."""
        self._pages: list[bytes] = []
        self._count = 0
        for page in _cut(rows):
            self._pages.append(zlib.compress(marshal.dumps(page), _FASTEST))
            self._count += len(page)

    @classmethod
    def of(cls, records: Iterable[FindingRecord]) -> "FindingPages":
        """Pack findings; no more of them are held than fill a page."""
        return cls(chain.from_iterable(FINDINGS.rows(page) for page in _cut(records)))

    def rows(self) -> Iterator[Row]:
        """Return the cells of each finding, as they were packed."""
        return chain.from_iterable(map(_unpacked, self._pages))

    def standings(self) -> Iterator[tuple[str, FindingState, Change, str]]:
        """Return key, state, change and first run of each finding, which is not made for that.

        Raises
        ------
        WorkspaceError
            When another program has broken a value.
        """
        names = ("finding_key", "state", "change", "first_run")
        key, state, change, first_run = (_COLUMN[name] for name in names)
        try:
            for row in self.rows():
                yield row[key], FindingState(row[state]), Change(row[change]), row[first_run]
        except ValueError as error:
            raise _damaged(error) from error

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[FindingRecord]:
        return chain.from_iterable(_records(_unpacked(page)) for page in self._pages)

    @overload
    def __getitem__(self, place: int) -> FindingRecord: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[FindingRecord, ...]: ...
    def __getitem__(self, place: int | slice) -> FindingRecord | tuple[FindingRecord, ...]:
        """Return one finding, or some."""
        places = range(self._count)[place]
        if isinstance(places, range):
            return tuple(self[i] for i in places)
        return _records([_unpacked(self._pages[places // _PAGE])[places % _PAGE]])[0]


def _cut(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut into pages."""
    rest = iter(items)
    while page := list(islice(rest, _PAGE)):
        yield page


def _unpacked(page: bytes) -> list[Row]:
    rows: list[Row] = marshal.loads(zlib.decompress(page))  # noqa: S302  # packed here, never read from anywhere
    return rows


def _records(rows: list[Row]) -> list[FindingRecord]:
    try:
        return FINDINGS.records(rows)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> WorkspaceError:
    return WorkspaceError(f"A stored finding is damaged ({error}).", "Use a backup copy of the file.")
