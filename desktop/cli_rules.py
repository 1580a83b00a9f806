"""`deconflict rules`: the rulebook of a workspace shown, exported, imported, confirmed and compared."""

import argparse
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.cli_output import ResultFile, say
from layers.errors import LayersError

if TYPE_CHECKING:
    from layers.model import Workspace
    from layers.rulebook_text import DiffLine

_NOW = "now"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.epilog = (
        "Without an option the state of the rules is shown. An imported file replaces what is set for the "
        "rules that it lists; who confirmed it elsewhere does not count here. Import, confirmation and "
        "export are done in this order, as one change."
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--export", metavar="FILE.toml", help="write the rules to a file")
    parser.add_argument("--import", dest="source", type=Path, metavar="FILE.toml", help="take rules in")
    parser.add_argument("--confirm-as", metavar="NAME", help="stand for every limit; makes a version")
    parser.add_argument("--note", default="", metavar="TEXT", help="why, kept with the version")
    parser.add_argument(
        "--diff", nargs=2, metavar=("N", "M"), help=f"compare two versions; “{_NOW}” is what is set now"
    )
    parser.add_argument("--json", metavar="FILE", help="write the result to FILE, or - for standard output")


def run(options: argparse.Namespace) -> int:
    """Do what the options say; returns the exit code.

    Raises
    ------
    LayersError
        When an option makes no sense, the file is no rulebook, or there is no such version.
    """
    from layers.workspace_file import WorkspaceFile, read_workspace

    if options.export is not None and not options.export.lower().endswith(".toml"):
        raise LayersError("The rules are written as TOML.", "Give a name that ends in .toml.", "--export")
    if options.note and options.confirm_as is None:
        raise LayersError("A note goes with a version.", "Add --confirm-as NAME.", "--note")
    apart_from = [path for path in (options.workspace, options.source) if path is not None]
    with ExitStack() as stack:
        result = stack.enter_context(ResultFile(options.json, apart_from=apart_from))
        exported = stack.enter_context(ResultFile(options.export, apart_from=apart_from))
        if options.source is None and options.confirm_as is None:
            workspace = read_workspace(options.workspace)
            lines = _report(options, workspace, workspace, result, exported)
        else:
            file = stack.enter_context(WorkspaceFile.open(options.workspace))
            workspace, words = _changed(options, file.workspace)
            lines = _report(options, file.workspace, workspace, result, exported)
            if workspace is not file.workspace:
                file.commit(words, workspace, options.confirm_as or "")
    if not result.on_stdout:
        say("\n".join(lines))
    return 0


def _changed(options: argparse.Namespace, workspace: "Workspace") -> "tuple[Workspace, str]":
    """Return the workspace as the options want it, and the words for the log."""
    from layers import rulebook

    done = []
    if options.source is not None:
        workspace = rulebook.take(workspace, rulebook.load(options.source))
        done.append(f"Import rules from {options.source.name}")
    if options.confirm_as is not None:
        workspace = rulebook.confirm(workspace, options.confirm_as, options.note, datetime.now(UTC))
        done.append(f"Confirm rules, version {workspace.rulebook[-1].number}")
    return workspace, "; ".join(done)


def _report(
    options: argparse.Namespace,
    before: "Workspace",
    after: "Workspace",
    result: ResultFile,
    exported: ResultFile,
) -> list[str]:
    """Stage the files that were asked for; returns the words for a person."""
    from layers import rulebook
    from layers.rulebook_text import differences

    found: tuple[DiffLine, ...] = ()
    if options.diff is not None:
        texts = [rulebook.text_of(after, _version(word)) for word in options.diff]
        found = differences(*texts)
    elif options.source is not None:
        found = differences(rulebook.current_text(before), rulebook.current_text(after))
    if options.export is not None:
        exported.stage_text(rulebook.current_text(after).removesuffix("\n"))
    result.stage(_json(after, found))
    lines = [*_state_lines(after)] if options.diff is None else []
    if options.diff is not None or options.source is not None:
        lines += [f"{line.sign} {line.text}".rstrip() for line in found] or ["There is no difference."]
    if options.export is not None:
        lines.append(f"Wrote {options.export}.")
    return lines


def _state_lines(workspace: "Workspace") -> Iterable[str]:
    from layers import rulebook
    from layers.checks import parameter_of
    from layers.limits import amount, limit_words

    yield rulebook.state_words(workspace, rulebook.current(workspace))
    waiting = rulebook.unconfirmed(workspace)
    if waiting:
        yield "Not confirmed by anybody:"
    for rule, name, value in waiting:
        parameter = parameter_of(rule, name)
        if parameter is not None:
            yield f"  {rule.id}.{name}: {limit_words(rule, name)}: {amount(parameter, value)}"
    if workspace.rulebook:
        yield "Versions:"
    for version in reversed(workspace.rulebook):
        note = f", {version.note}" if version.note else ""
        yield f"  {version.number}: {version.at:%Y-%m-%d %H:%M} UTC, {version.by}{note}"


def _json(workspace: "Workspace", found: "Iterable[DiffLine]") -> dict[str, Any]:
    from layers import rulebook
    from layers.check_json import iso

    now = rulebook.current(workspace)
    return {
        "version": now.version,
        "draft": not now.by,
        "confirmed_by": now.by or None,
        "confirmed_at": iso(now.at) if now.at else None,
        "unconfirmed": [
            {"limit": f"{rule.id}.{name}", "value": value}
            for rule, name, value in rulebook.unconfirmed(workspace)
        ],
        "versions": [
            {"version": kept.number, "at": iso(kept.at), "by": kept.by, "note": kept.note}
            for kept in workspace.rulebook
        ],
        "differences": [{"sign": line.sign, "text": line.text} for line in found],
    }


def _version(word: str) -> int | None:
    if word == _NOW:
        return None
    if not word.isascii() or not word.isdigit():
        raise LayersError(f"“{word}” is not a version.", f"Give its number, or {_NOW}.", "--diff")
    return int(word)
