"""Progress of long work; the same call is the cancel point."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then by long work; raises `CancelledError` to stop it."""

    def __call__(self, done: int, total: int, label: str) -> None:
        """Report that `done` of `total` steps of the stage `label` are behind us."""


def silent(done: int, total: int, label: str) -> None:
    """Ignore progress: for callers that show none."""
