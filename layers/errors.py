"""Errors that reach a person: what happened, where, and what to do."""


class LayersError(Exception):
    """A failure that the user can understand and act on.

    Parameters
    ----------
    message : str
        What happened, one plain sentence.
    hint : str
        What to do about it.
    where : str
        File, row or field, as the user knows it.
    """

    def __init__(self, message: str, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}{' ' + self.hint if self.hint else ''}"


class WorkspaceError(LayersError):
    """A workspace file cannot be opened or written."""


class ReadingError(LayersError):
    """A partner file as a whole cannot be read."""


class ReleaseRefusedError(LayersError):
    """The release gate refuses to hand over what was built."""


class CrowdError(LayersError):
    """So much lies near each other that there would be more of something than can be worked with."""

    def __init__(self, most: int, what: str) -> None:
        hint = "Lower the distance that is asked for, or check fewer features at a time."
        super().__init__(f"More than {most:,} {what}.", hint)


class CancelledError(LayersError):
    """The user stopped the work; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Stopped on request.", "Nothing was changed.")
