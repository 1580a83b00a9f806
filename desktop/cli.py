"""The `deconflict` command. What shows no window imports no Qt.

Exit code 0: done. 1: findings at or above `--fail-on`. 2: a clear error on stderr, nothing written.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from layers import __version__
from layers.errors import LayersError
from layers.findings import Severity
from layers.model import Kind, Mode, Workspace, new_workspace

_SEVERITIES = [severity.word for severity in Severity]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
        _check_target(getattr(options, "json", None))
        code: int = options.run(options)
    except LayersError as error:
        print(f"deconflict: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"deconflict: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 2
    return code


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        print(f"deconflict: {message} See {self.prog} --help.", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
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

    _import_arguments(command("import", _import, "Read a partner file into a workspace."))

    check = command("check", _check, "Ask the rules about everything in a workspace.")
    check.add_argument("workspace", type=Path)
    check.add_argument("--rule", action="append", metavar="ID", help="only this rule; may be repeated")
    check.add_argument("--set", action="append", default=[], metavar="RULE.PARAMETER=VALUE")
    check.add_argument(
        "--at", metavar="TIME", help="leave out what is over by then, such as 2026-11-23T06:00Z"
    )
    check.add_argument("--fail-on", choices=_SEVERITIES, metavar="SEVERITY", help=", ".join(_SEVERITIES))
    check.add_argument("--json", metavar="FILE", help="write the result to FILE, or - for standard output")

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


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workspace", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--kind", required=True, choices=[kind.value for kind in Kind], metavar="KIND")
    parser.add_argument("--layer", default="", metavar="NAME", help="name of the new layer")
    parser.add_argument("--partner", default="", metavar="NAME")
    parser.add_argument("--crs", metavar="EPSG:n")
    parser.add_argument("--encoding", metavar="E")
    for field in ("id", "name", "category", "from", "to"):
        parser.add_argument(f"--{field}-field", metavar="F", help=f"the partner's column for {field}")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--json", metavar="FILE")


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
        print(f"Made {options.workspace} ({options.mode}).")
    return 0


def _import(options: argparse.Namespace) -> int:
    from layers.importing import add_to_workspace, guess_mapping

    from layers.kinds import spec_of
    from layers.reading import ReadOptions, open_any
    from layers.workspace_file import WorkspaceFile

    kind = Kind(options.kind)
    with WorkspaceFile.open(options.workspace) as file:
        imported = open_any(options.file, ReadOptions(crs=options.crs, encoding=options.encoding))
        named = {
            "source_id": options.id_field,
            "name": options.name_field,
            "category": options.category_field,
            "valid_from": options.from_field,
            "valid_to": options.to_field,
        }
        mapping = guess_mapping(imported, spec_of(kind))
        given = {target: column for target, column in named.items() if column is not None}
        for column in given.values():
            if column not in imported.columns:
                raise LayersError(
                    f"There is no column {column}.",
                    f"The columns are: {', '.join(imported.columns)}.",
                    options.file.name,
                )
        constants = {**mapping.constants, **_assignments(options.set)}
        mapping = replace(mapping, **given, constants=constants)
        workspace, report = add_to_workspace(
            file.workspace,
            imported,
            kind,
            mapping,
            layer_name=options.layer,
            partner=options.partner,
            now=_now(),
        )
        file.commit(f"Import {options.file.name}", workspace)
    _write_json(options.json, report.to_json())
    _say(options.json, report.summary())
    return 0


def _check(options: argparse.Namespace) -> int:
    from layers.check_json import check_json
    from layers.checks import check
    from layers.decisions import absorb
    from layers.workspace_file import WorkspaceFile

    overrides = {name: _number(name, value) for name, value in _assignments(options.set).items()}
    at = _time(options.at) if options.at else None
    with WorkspaceFile.open(options.workspace) as file:
        report = check(file.workspace, rules=options.rule, overrides=overrides, at=at, now=_now())
        workspace, comparison = absorb(file.workspace, report)
        file.commit("Check", workspace)
    _write_json(options.json, check_json(workspace, report, comparison, options.workspace.name))
    from layers.check_words import summary

    _say(options.json, summary(report, comparison))
    limit = Severity[options.fail_on.upper()] if options.fail_on else None
    return int(limit is not None and any(finding.severity >= limit for finding in report.findings))


def _release(options: argparse.Namespace) -> int:
    from layers.release import build, hand_over, load_profiles
    from layers.workspace_file import WorkspaceFile

    profiles = {profile.id: profile for profile in load_profiles()}
    if options.profile not in profiles:
        raise LayersError(
            f"There is no profile {options.profile}.", f"The profiles are: {', '.join(profiles)}."
        )
    with WorkspaceFile.open(options.workspace) as file:
        release = build(file.workspace, profiles[options.profile], now=_now(), by=options.approve_as)
        handed = hand_over(release, options.to, options.format, approve_as=options.approve_as)
        releases = (*file.workspace.releases, handed.record)
        file.commit(f"Release {release.number}", replace(file.workspace, releases=releases))
    _write_json(options.json, handed.to_json())
    withheld = sum(item.count for item in release.withheld)
    _say(
        options.json,
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
    print(f"Drew {options.to}.")
    return 0


def _info(options: argparse.Namespace) -> int:
    from layers.check_json import iso
    from layers.workspace_file import read_workspace

    workspace = read_workspace(options.workspace)
    _write_json(options.json, _contents(workspace, iso))
    lines = [f"{workspace.title} ({workspace.mode.value}), made {workspace.created_at:%Y-%m-%d %H:%M} UTC"]
    lines += [f"  {layer.name}: {len(layer.table)} x {layer.kind.value}" for layer in workspace.layers]
    lines.append(
        f"  {len(workspace.sources)} sources, {len(workspace.runs)} runs, "
        f"{len(workspace.findings)} findings on record, {len(workspace.releases)} releases"
    )
    if not workspace.runs:
        lines.append("  Not checked yet.")
    _say(options.json, "\n".join(lines))
    return 0


def _contents(workspace: Workspace, iso: Any) -> dict[str, Any]:
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
    except ValueError:
        raise LayersError(f"“{text}” is not a time.", "Write it as 2026-11-23T06:00Z.", "--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (
        width.isdigit() and height.isdigit() and 64 <= int(width) <= 20_000 and 64 <= int(height) <= 20_000
    ):
        raise LayersError(f"“{text}” is not a size.", "Write it as 1600x1000, from 64 to 20000.", "--size")
    return int(width), int(height)


def _bbox(text: str) -> tuple[float, float, float, float]:
    values = [_number("--bbox", part) for part in text.split(",")]
    if len(values) != 4 or values[0] >= values[2] or values[1] >= values[3]:
        raise LayersError(f"“{text}” is not an extent.", "Write west,south,east,north in degrees.", "--bbox")
    west, south, east, north = values
    return west, south, east, north


def _check_target(target: str | None) -> None:
    """Refuse a place for the JSON that cannot be written, before anything else happens."""
    if target not in (None, "-") and not Path(str(target)).resolve().parent.is_dir():
        raise LayersError("There is no such folder for the result.", "Make it first.", str(target))


def _write_json(target: str | None, value: Any) -> None:
    if target is None:
        return
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if target == "-":
        print(text)
    else:
        Path(target).write_text(text + "\n", encoding="utf-8")


def _say(target: str | None, text: str) -> None:
    """Print the words for a person, unless standard output carries the JSON."""
    if target != "-":
        print(text)
