"""`deconflict import`: a partner's file into a workspace, as a new layer or a next delivery."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from layers.errors import LayersError

if TYPE_CHECKING:
    from layers.import_report import ImportReport
    from layers.model import FieldMapping, Kind, PartnerProfile, Workspace
    from layers.reading import Imported, Problem, ReadOptions

_MOST_SYSTEMS = 5
_FIELDS = {"id": "source_id", "name": "name", "category": "category", "from": "valid_from", "to": "valid_to"}
_MISSING = ("keep", "expire", "drop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    from layers.model import Kind

    parser.epilog = (
        "The next file of a partner brings the layer of the last one up to date: it is known by its kind, "
        "its partner and its ids, and read as the last one was. Give --layer another name to make a new "
        "layer. The very same file changes nothing. What is missing in the file is kept (see --missing), a "
        "move of more than 500 m is only made with --accept-moves. Doubts are reported with proposals; none "
        "is applied without --apply."
    )
    parser.add_argument("workspace", type=Path, help="file of the workspace")
    parser.add_argument("file", type=Path, help="the partner's file")
    kinds = [kind.value for kind in Kind]
    parser.add_argument(
        "--kind", required=True, choices=kinds, metavar="KIND", help=f"what it holds: {', '.join(kinds)}"
    )
    parser.add_argument("--layer", default="", metavar="NAME", help="name of the layer to make or update")
    parser.add_argument("--partner", default="", metavar="NAME", help="who sent it")
    parser.add_argument(
        "--crs", metavar="EPSG:n", help="coordinate system, where the file is silent or wrong"
    )
    parser.add_argument("--encoding", metavar="E", help="text encoding, such as cp1256")
    parser.add_argument("--sheet", metavar="NAME", help="sheet or layer of the file, instead of the largest")
    parser.add_argument("--header-row", type=int, metavar="N", help="line of a table that names its columns")
    parser.add_argument(
        "--x-field", metavar="F", help="column of the longitude or easting, or of the whole position"
    )
    parser.add_argument("--y-field", metavar="F", help="column of the latitude or northing")
    for field in _FIELDS:
        parser.add_argument(f"--{field}-field", metavar="F", help=f"the partner's column for {field}")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="the same value for every row; may be repeated",
    )
    parser.add_argument(
        "--apply",
        action="append",
        default=[],
        metavar="CODE",
        help="apply the proposals of the doubts with this code, such as swapped_axes; may be repeated",
    )
    parser.add_argument(
        "--missing",
        choices=_MISSING,
        default=_MISSING[0],
        help="what becomes of features that an update does not have (default: keep)",
    )
    parser.add_argument(
        "--accept-moves",
        default="",
        metavar="REASON",
        help="make moves of more than 500 m too, for this reason",
    )
    parser.add_argument("--json", metavar="FILE", help="write the report to FILE, or - for standard output")


def import_file(
    options: argparse.Namespace, workspace: "Workspace", constants: Mapping[str, str], now: datetime
) -> "tuple[Workspace, ImportReport, str]":
    """Take the file in; returns the workspace, the report, and the words for the log.

    Raises
    ------
    LayersError
        When an option makes no sense, or nothing of the file can be read.
    """
    from layers import receiving
    from layers.deliveries import Choices, Removal
    from layers.fixes import FIXABLE, apply_fixes, reported
    from layers.model import Kind
    from layers.reading import Action

    for code in options.apply:
        if code not in FIXABLE:
            raise LayersError(
                f"Nothing can be applied for “{code}”.", f"There are: {', '.join(FIXABLE)}.", "--apply"
            )
    kind = Kind(options.kind)
    imported, profile, reading = _read(options, workspace, kind)
    mapping = _mapping(options, imported, kind, profile, constants)
    workspace, report = receiving.receive(
        workspace,
        imported,
        kind,
        mapping,
        partner=options.partner,
        layer_name=options.layer,
        options=reading,
        choices=Choices(removed=Removal(options.missing), reason=options.accept_moves),
        read_as=profile,
        now=now,
    )
    if not imported.crs.value:
        report = replace(report, systems=_systems(workspace, imported))
    words = f"Import {options.file.name}"
    fixes = [p for p in report.of(Action.DOUBT) if p.code in options.apply and p.fix]
    if fixes and report.layer_id:
        workspace = apply_fixes(workspace, report.layer_id, fixes)
        report = reported(report, fixes)
        words += f", applied: {', '.join(dict.fromkeys(p.code for p in fixes))}"
    return workspace, report, words


def report_words(report: "ImportReport") -> str:
    """Return what came of a file: a sentence, what it could be, and the first doubt of each sort."""
    from layers.fixes import FIXABLE
    from layers.reading import Action

    lines = [report.summary()]
    if report.systems:
        lines.append("Say its coordinate system with --crs. What it could be, the likeliest first:")
        lines += [f"  {s['code']}  {s['name']}: {s['where']}" for s in report.systems[:_MOST_SYSTEMS]]
    doubts: dict[str, list[Problem]] = {}
    for problem in report.of(Action.DOUBT):
        doubts.setdefault(problem.code, []).append(problem)
    if doubts:
        lines.append("Doubts, the first of each sort:")
    for code, found in doubts.items():
        first = found[0]
        row = f"row {first.row:,}: " if first.row else ""
        fixable = code in FIXABLE and any(p.fix for p in found)
        apply = f" Apply with --apply {code}." if fixable else ""
        lines.append(f"  {len(found):,} x {code}: {row}{first.what} {first.proposal}".rstrip() + apply)
    return "\n".join(lines)


def _systems(workspace: "Workspace", imported: "Imported") -> tuple[dict[str, str], ...]:
    """Return what the coordinate system of a file could be, with where its rows would lie then."""
    from layers.landing import extent_of_work, landing_places, offered, whereabouts
    from layers.model import Kind

    extent = extent_of_work(workspace)
    has_area = bool(workspace.of_kind(Kind.AREA_OF_OPERATIONS))
    places = landing_places(imported, offered(imported.crs, extent), extent)
    return tuple(
        {"code": p.code, "name": p.name, "where": whereabouts(p, has_area=has_area)}
        for p in places
        if p.extent is not None
    )


def _read(
    options: argparse.Namespace, workspace: "Workspace", kind: "Kind"
) -> "tuple[Imported, PartnerProfile | None, ReadOptions]":
    """Read the file as was said, else as the partner's last one was read."""
    from layers import partners
    from layers.reading import ReadOptions, open_any

    for name in ("crs", "encoding", "sheet", "x_field", "y_field"):
        if getattr(options, name) == "":
            option = f"--{name.replace('_', '-')}"
            raise LayersError("There is nothing after it.", "Leave it out, or say which.", option)
    if options.header_row is not None and options.header_row < 1:
        raise LayersError(
            "Lines are counted from 1.", "Give the line as a spreadsheet shows it.", "--header-row"
        )
    given = ReadOptions(
        layer=options.sheet,
        crs=options.crs,
        encoding=options.encoding,
        x_field=options.x_field,
        y_field=options.y_field,
        header_row=options.header_row,
    )
    profiles = partners.of_partner(workspace, options.partner, kind) if options.partner.strip() else ()
    if options.layer:
        profiles = tuple(sorted(profiles, key=lambda p: p.layer_name != options.layer))
    # What was decided for the last files is tried first: without it the columns may not even be found.
    for reading in dict.fromkeys(partners.options_for(profile, given) for profile in profiles):
        if reading == given:
            continue
        try:
            imported = open_any(options.file, reading)
        except LayersError:
            continue  # a sheet or column that this file does not have: another profile, or a plain reading
        profile = partners.recognise(workspace, imported, options.partner, kind)
        if profile is not None and partners.options_for(profile, given) == reading:
            return imported, profile, reading
    plain = open_any(options.file, given, is_last=True)
    profile = partners.recognise(workspace, plain, options.partner, kind) if profiles else None
    return plain, profile, given


def _mapping(
    options: argparse.Namespace,
    imported: "Imported",
    kind: "Kind",
    profile: "PartnerProfile | None",
    constants: Mapping[str, str],
) -> "FieldMapping":
    """Return what the columns mean: as was said, else as for the last file, else as guessed."""
    from layers import partners
    from layers.importing import guess_mapping
    from layers.kinds import spec_of

    given = {target: getattr(options, f"{name}_field") for name, target in _FIELDS.items()}
    given = {target: column for target, column in given.items() if column is not None}
    for column in given.values():
        if column not in imported.columns:
            raise LayersError(
                f"There is no column {column}.",
                f"The columns are: {', '.join(imported.columns)}.",
                options.file.name,
            )
    mapping = (
        partners.mapping_for(profile, imported)
        if profile is not None
        else guess_mapping(imported, spec_of(kind))
    )
    return replace(mapping, **given, constants={**mapping.constants, **constants})
