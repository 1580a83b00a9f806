"""The `deconflict` command. What shows no window imports no Qt.

This module and those of the commands load no library when they are imported: the process that reads a file is
started first, and loads its own meanwhile.

Exit code 0: done. 1: findings at or above `--fail-on`. 2: a clear error on stderr, nothing written.
"""

import argparse
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop import cli_draft, cli_import, cli_near, cli_rules
from desktop.cli_output import ResultFile, accept_any_text, say
from layers import __version__
from layers.errors import LayersError
from layers.reading_process import start_ahead

if TYPE_CHECKING:
    from layers.model import KindSpec, Workspace

_READING = ("import", "draft")
"""Commands that read a partner's file."""
_MOST_PIXELS = 100_000_000
"""Of a picture: 400 MB of memory."""
_MOST_HOURS = 876_000
"""A horizon of a hundred years."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    accept_any_text()
    try:
        given = _joined(sys.argv[1:] if arguments is None else arguments)
        if given[:1] and given[0] in _READING:
            start_ahead()
        options = _parser().parse_args(given)
        code: int = options.run(options)
    except LayersError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except KeyboardInterrupt:
        _fail("Stopped.")
        return 130
    except Exception as error:  # noqa: BLE001  # the exception hook of the command line: exit code 1 means findings
        return _fail(f"This is an error of the program: {type(error).__name__}: {error} ({_place(error)})")
    return code


def _fail(sentence: str) -> int:
    print(f"deconflict: {sentence}", file=sys.stderr)
    return 2


def _place(error: BaseException) -> str:
    """Return the file and line that an error came from, for whoever mends it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown"


def _joined(arguments: Sequence[str]) -> list[str]:
    """Keep numbers with a minus from being taken for options: an extent, and the position of `near`."""
    result: list[str] = []
    for argument in arguments:
        if result and result[-1] == "--bbox" and re.match(r"-[\d.]", argument):
            result[-1] = f"--bbox={argument}"
        elif result and result[0] == "near" and re.match(r"-[\d.]", argument):
            result.append(f" {argument}")  # argparse takes nothing with a space for an option
        else:
            result.append(argument)
    return result


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        print(f"deconflict: {message} See {self.prog} --help.", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    from layers.findings import Severity
    from layers.model import Mode

    severities = [severity.word for severity in Severity]
    parser = _Parser(
        prog="deconflict",
        description="Lay humanitarian and military features over a map, check them for conflicts, and "
        "release overlays that partners may read.",
    )
    parser.add_argument("--version", action="version", version=f"deconflict {__version__}")
    parser.set_defaults(run=_desktop, workspace=None)
    commands = parser.add_subparsers(title="commands", metavar="")

    def command(name: str, run: Any, help_text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_text, description=help_text)
        sub.set_defaults(run=run)
        return sub

    opening = command("open", _desktop, "Open a workspace in the window.")
    opening.add_argument("workspace", type=Path)

    demo = command("demo", _demo, "Build, check and release the exercise from the shipped samples.")
    demo.add_argument("--to", type=Path, default=Path("deconflict-demo"), metavar="DIR")
    demo.add_argument("--headless", action="store_true", help="do not open a window")

    new = command("new", _new, "Make an empty workspace.")
    new.add_argument("workspace", type=Path)
    new.add_argument("--title")
    new.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.REAL.value)
    new.add_argument("--time-zone", default="UTC", help="time zone of the operation, such as Asia/Amman")

    cli_import.add_arguments(command("import", _import, "Read a partner file into a workspace."))

    check = command("check", _check, "Ask the rules about everything in a workspace.")
    check.add_argument("workspace", type=Path)
    check.add_argument("--rule", action="append", metavar="ID", help="only this rule; may be repeated")
    check.add_argument("--set", action="append", default=[], metavar="RULE.PARAMETER=VALUE")
    check.add_argument(
        "--at",
        metavar="TIME",
        help="leave out what is over by then, such as 2026-11-23T06:00Z; UTC where no offset is given",
    )
    check.add_argument(
        "--horizon", metavar="HOURS", help="leave out what begins more than so many hours after --at, or now"
    )
    check.add_argument("--fail-on", choices=severities, metavar="SEVERITY", help=", ".join(severities))
    check.add_argument("--json", metavar="FILE", help="write the result to FILE, or - for standard output")

    cli_rules.add_arguments(command("rules", cli_rules.run, "Show, export, import or confirm the rules."))
    cli_draft.add_arguments(
        command("draft", _draft, "Say what a file would conflict with if it were imported.")
    )
    cli_near.add_arguments(command("near", cli_near.run, "List what is near a position, nearest first."))

    release = command(
        "release", _release, "Write the overlay for an audience, after proving it leaks nothing."
    )
    release.add_argument("workspace", type=Path)
    release.add_argument("--profile", required=True, metavar="ID")
    release.add_argument("--to", type=Path, required=True, metavar="DIR")
    release.add_argument("--format", action="append", metavar="ID", help="only this format; may be repeated")
    release.add_argument("--approve-as", default="", metavar="NAME")
    release.add_argument("--json", metavar="FILE")

    render = command("render", _render, "Draw the map of a workspace as a picture.")
    render.add_argument("workspace", type=Path)
    render.add_argument("--to", type=Path, required=True, metavar="MAP.png|MAP.pdf")
    render.add_argument("--size", default="1600x1000", metavar="WxH")
    render.add_argument("--bbox", metavar="W,S,E,N")

    info = command("info", _info, "Say what is in a workspace.")
    info.add_argument("workspace", type=Path)
    info.add_argument("--json", metavar="FILE")
    return parser


# ---------------------------------------------------------------- commands


def _desktop(options: argparse.Namespace) -> int:
    if not _has_display():
        raise LayersError(
            "There is no display to open a window on.",
            "Use a command that needs none (see deconflict --help), or set DISPLAY.",
        )
    from desktop.app import run

    return run(str(options.workspace) if options.workspace else None)


def _demo(options: argparse.Namespace) -> int:
    headless = options.headless or not _has_display()
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from desktop.demo import run_demo

    return run_demo(options.to, headless=headless)


def _new(options: argparse.Namespace) -> int:
    from layers.model import Mode, new_workspace
    from layers.workspace_file import WorkspaceFile

    try:
        ZoneInfo(options.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LayersError(
            f"There is no time zone {options.time_zone}.", "Give a name such as Asia/Amman or UTC."
        ) from error
    title = options.title or options.workspace.stem
    workspace = new_workspace(title, Mode(options.mode), _now(), options.time_zone)
    with WorkspaceFile.create(options.workspace, workspace):
        say(f"Made {options.workspace} ({options.mode}).")
    return 0


def _constants(options: argparse.Namespace) -> dict[str, str]:
    from layers.kinds import spec_of
    from layers.model import Kind

    constants = _assignments(options.set)
    _check_constants(spec_of(Kind(options.kind)), constants)
    return constants


def _draft(options: argparse.Namespace) -> int:
    return cli_draft.run(options, _constants(options))


def _import(options: argparse.Namespace) -> int:
    constants = _constants(options)
    from layers.workspace_file import WorkspaceFile

    with (
        ResultFile(options.json, apart_from=[options.workspace, options.file]) as result,
        WorkspaceFile.open(options.workspace) as file,
    ):
        workspace, report, words = cli_import.import_file(options, file.workspace, constants, _now())
        if options.json:
            result.stage(report.to_json())
        if workspace is not file.workspace:
            file.commit(words, workspace)
    _say(result, cli_import.report_words(report))
    return 0


def _check(options: argparse.Namespace) -> int:
    from layers.check_json import check_json
    from layers.check_words import summary
    from layers.checks import check
    from layers.decisions import absorb
    from layers.findings import Severity
    from layers.workspace_file import WorkspaceFile

    overrides = {name: _number(name, value) for name, value in _assignments(options.set).items()}
    at = None if options.at is None else _time(options.at)
    horizon = None if options.horizon is None else _hours(options.horizon)
    with (
        ResultFile(options.json, apart_from=[options.workspace]) as result,
        WorkspaceFile.open(options.workspace, packed=True) as file,
    ):
        report = check(
            file.workspace, rules=options.rule, overrides=overrides, at=at, horizon=horizon, now=_now()
        )
        workspace, comparison = absorb(file.workspace, report)
        result.stage_parts(check_json(workspace, report, comparison, options.workspace.name))
        file.commit("Check", workspace)
    _say(result, summary(report, comparison, workspace))
    limit = Severity[options.fail_on.upper()] if options.fail_on else None
    return int(limit is not None and any(severity >= limit for severity in report.severities))


def _release(options: argparse.Namespace) -> int:
    from layers.release import build, hand_over, load_profiles
    from layers.workspace_file import WorkspaceFile

    profiles = {profile.id: profile for profile in load_profiles()}
    if options.profile not in profiles:
        raise LayersError(
            f"There is no profile {options.profile}.", f"The profiles are: {', '.join(profiles)}."
        )
    with (
        ResultFile(options.json, apart_from=[options.workspace, options.to]) as result,
        WorkspaceFile.open(options.workspace) as file,
    ):
        release = build(file.workspace, profiles[options.profile], now=_now(), by=options.approve_as)
        handed = hand_over(release, options.to, options.format, approve_as=options.approve_as)
        releases = (*file.workspace.releases, handed.record)
        try:
            result.stage(handed.to_json())
            file.commit(f"Release {release.number}", replace(file.workspace, releases=releases))
        except (LayersError, OSError):
            for item in handed.files:  # what is not on record was not released
                item.path.unlink(missing_ok=True)
            raise
    withheld = sum(item.count for item in release.withheld)
    _say(
        result,
        f"Released {release.number}: {len(handed.files)} files in {options.to}, {withheld} withheld.",
    )
    return 0


def _render(options: argparse.Namespace) -> int:
    from layers.workspace_file import read_workspace

    if options.to.suffix.lower() not in (".png", ".pdf"):
        raise LayersError(
            "The picture must be a .png or a .pdf.", "Give a name that ends so.", str(options.to)
        )
    width, height = _size(options.size)
    bbox = _bbox(options.bbox) if options.bbox else None
    workspace = read_workspace(options.workspace)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from desktop.app import make_application
    from desktop.canvas.render import render_map
    from desktop.theme import load_fonts
    from layers import basemap

    load_fonts(make_application())
    render_map(workspace, options.to, width, height, bbox, basemap=basemap.load())
    say(f"Drew {options.to}.")
    return 0


def _info(options: argparse.Namespace) -> int:
    from layers.check_json import iso
    from layers.workspace_file import read_workspace

    with ResultFile(options.json, apart_from=[options.workspace]) as result:
        workspace = read_workspace(options.workspace)
        result.stage(_contents(workspace, iso))
    lines = [f"{workspace.title} ({workspace.mode.value}), made {workspace.created_at:%Y-%m-%d %H:%M} UTC"]
    lines += [f"  {layer.name}: {len(layer.table)} x {layer.kind.value}" for layer in workspace.layers]
    lines.append(
        f"  {len(workspace.sources)} sources, {len(workspace.runs)} runs, "
        f"{len(workspace.findings)} findings on record, {len(workspace.releases)} releases"
    )
    if not workspace.runs:
        lines.append("  Not checked yet.")
    _say(result, "\n".join(lines))
    return 0


def _contents(workspace: "Workspace", iso: Any) -> dict[str, Any]:
    return {
        "title": workspace.title,
        "mode": workspace.mode.value,
        "time_zone": workspace.time_zone,
        "created_at": iso(workspace.created_at),
        "layers": [
            {"id": layer.id, "name": layer.name, "kind": layer.kind.value, "count": len(layer.table)}
            for layer in workspace.layers
        ],
        "sources": [
            {
                "id": source.id,
                "file": source.file,
                "sha256": source.sha256,
                "partner": source.partner,
                "imported_at": iso(source.imported_at),
                "rows": source.rows,
                "imported": source.imported,
            }
            for source in workspace.sources
        ],
        "runs": [
            {
                "id": run.id,
                "at": iso(run.at),
                "new": run.new,
                "persistent": run.persistent,
                "resolved": run.resolved,
                "not_retested": run.not_retested,
            }
            for run in workspace.runs
        ],
        "findings": _count(record.state.value for record in workspace.findings),
        "releases": [
            {
                "number": record.number,
                "profile": record.profile,
                "at": iso(record.at),
                "files": dict(record.files),
            }
            for record in workspace.releases
        ],
    }


# ---------------------------------------------------------------- values


def _count(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _now() -> datetime:
    return datetime.now(UTC)


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    return platform != "offscreen" and bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or platform
    )


def _assignments(items: Sequence[str]) -> dict[str, str]:
    result = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise LayersError(f"“{item}” sets nothing.", "Write NAME=VALUE.", "--set")
        result[name] = value
    return result


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LayersError(f"“{text}” is not a number.", "Write a number such as 500.", name) from None


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        raise LayersError(f"“{text}” is not a time.", "Write it as 2026-11-23T06:00Z.", "--at") from None


def _hours(text: str) -> timedelta:
    hours = _number("--horizon", text)
    if not 0 <= hours <= _MOST_HOURS:
        raise LayersError(
            f"“{text}” is not a number of hours.", f"Give a number from 0 to {_MOST_HOURS}.", "--horizon"
        )
    return timedelta(hours=hours)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5})[xX]([0-9]{1,5})", text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (200 <= width <= 20_000 and 200 <= height <= 20_000 and width * height <= _MOST_PIXELS):
        raise LayersError(
            f"“{text}” is not a size.",
            f"Write it as 1600x1000, each from 200 to 20000, together up to {_MOST_PIXELS // 10**6} million.",
            "--size",
        )
    return width, height


def _bbox(text: str) -> tuple[float, float, float, float]:
    """Read west, south, east, north; an extent astride the antimeridian has its west beyond its east."""
    values = [_number("--bbox", part) for part in text.split(",")]
    if (
        len(values) != 4
        or not all(math.isfinite(value) for value in values)
        or not -180 <= values[0] <= 180
        or not -180 <= values[2] <= 360
        or values[0] == values[2]
        or not -90 <= values[1] < values[3] <= 90
    ):
        raise LayersError(f"“{text}” is not an extent.", "Write west,south,east,north in degrees.", "--bbox")
    west, south, east, north = values
    return west, south, east, north


def _check_constants(spec: "KindSpec", constants: Mapping[str, str]) -> None:
    """Refuse a value given for every row that no row could hold: it would be left open in all of them."""
    from layers.conversion import numbers, parse_time
    from layers.model import FieldType

    def wrong(name: str, value: str, hint: str) -> LayersError:
        return LayersError(f"“{value}” cannot be the value of {name}.", hint, "--set")

    for name, value in constants.items():
        field = next((item for item in spec.fields if item.name == name), None)
        if name == "uncertainty_m" or (field is not None and field.is_number):
            unit = "m" if field is None else field.unit
            is_whole = field is not None and field.type is FieldType.INTEGER
            (number,), (unread,), (two_ways,) = numbers([value], unit, is_whole=is_whole)
            low = 0.0 if field is None else field.minimum
            high = None if field is None else field.maximum
            if (
                unread
                or two_ways
                or not math.isfinite(number)
                or (low is not None and number < low)
                or (high is not None and number > high)
            ):
                raise wrong(name, value, "Give a number of its range, without marks between thousands.")
        elif name in ("valid_from", "valid_to") and not parse_time(value, ZoneInfo("UTC"), is_end=False):
            raise wrong(name, value, "Write a time as 2026-11-23T06:00Z, or a date.")


def _say(result: ResultFile, text: str) -> None:
    """Print the words for a person, unless standard output carries the JSON."""
    if not result.on_stdout:
        say(text)
