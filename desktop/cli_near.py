"""`deconflict near`: what is near a position."""

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path

from desktop.cli_output import ResultFile, say
from layers.errors import LayersError

_MOST_RADIUS_M = 1_000_000.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("workspace", type=Path)
    parser.add_argument(
        "position", nargs="+", metavar="POSITION", help="in any notation, such as 35TLG86509750"
    )
    parser.add_argument("--radius", type=float, metavar="M", help="list everything within M metres (5000)")
    parser.add_argument(
        "--nearest", type=int, metavar="N", help="list the N nearest of each kind beyond it (5)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the answer to FILE, or - for standard output")


def run(options: argparse.Namespace) -> int:
    """Answer, and change nothing."""
    from layers import nearby, nearby_words
    from layers.coordinates import parse
    from layers.workspace_file import read_workspace

    radius_m = nearby.RADIUS_M if options.radius is None else options.radius
    nearest = nearby.NEAREST if options.nearest is None else options.nearest
    if not (math.isfinite(radius_m) and 0 <= radius_m <= _MOST_RADIUS_M):
        raise LayersError("The radius is out of range.", "Give metres from 0 to 1000000.", "--radius")
    if nearest < 0:
        raise LayersError("The number of the nearest is out of range.", "Give 0 or more.", "--nearest")
    position = parse(" ".join(options.position))
    with ResultFile(options.json, apart_from=[options.workspace]) as result:
        around = nearby.surroundings(read_workspace(options.workspace))
        found = around.of_position(position, now=datetime.now(UTC), radius_m=radius_m, nearest=nearest)
        result.stage(nearby_words.nearby_json(found))
    if not result.on_stdout:
        say(nearby_words.as_text(found))
    return 0
