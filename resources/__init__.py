"""Package data behind one door: symbols, fonts, base map, web files, samples, profiles."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def resource(*parts: str) -> Traversable:
    """Return the packaged file or folder at `parts`, e.g. `resource("symbols", "hospital.svg")`.

    Raises
    ------
    FileNotFoundError
        When nothing of that name is shipped.
    """
    item = files("resources").joinpath(*parts)
    if not (item.is_file() or item.is_dir()):
        raise FileNotFoundError(f"resources/{'/'.join(parts)} is not shipped with this program")
    return item
