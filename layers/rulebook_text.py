"""A rulebook as text: TOML that a person reads and edits, one value a line, the same every time.

Comments are for people; no value depends on them. What reads it back is `rulebook_reading`.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from layers.checks import Parameter, Rule
from layers.kinds import spec_of
from layers.limits import ANY, categories_of, cell_name, limit_words
from layers.rules import GROUPS

FORMAT = 1
HEADER = "rulebook"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KEPT = "\u200c\u200d\u200e\u200f"
"""Joiners and direction marks that Arabic, Persian and Indic spelling needs; others are escaped."""
_INTRODUCTION = """\
# What a check asks, and with which limits. One value a line, so that two versions compare line by line.
# Read it back under Rules, Import, or with: deconflict rules WORKSPACE --import FILE"""
_UNCONFIRMED = "; not confirmed by anybody"
_TABLE_WORDS = """\
# Each line: {rows}, then {columns}; "*" stands for any.
# The most exact counts: both, then the first with any, then any with the second, then the default."""


@dataclass(frozen=True)
class RuleLimits:
    """One rule of a rulebook: whether it is asked, and every value by name, cells of tables included."""

    enabled: bool
    values: Mapping[str, float]


@dataclass(frozen=True)
class Rulebook:
    """The rules of an operation, in one version.

    Attributes
    ----------
    title : str
        Of the operation.
    version : int
        From 1; of a draft the number that it would get.
    by, at : str, datetime or None
        Who stands for it, and since when (aware UTC); "" and None for a draft.
    note : str
        Why it was made.
    rules : mapping
        By rule id. A rule that is missing is left as it is when the rulebook is taken in.
    """

    title: str
    version: int
    by: str = ""
    at: datetime | None = None
    note: str = ""
    rules: Mapping[str, RuleLimits] = field(default_factory=dict)


# ---------------------------------------------------------------- writing


def write(rulebook: Rulebook, unconfirmed: Collection[str] = ()) -> str:
    """Write a rulebook; `unconfirmed` names values ("rule.parameter") that a comment marks as such."""
    return f"{_header(rulebook)}\n{write_rules(rulebook.rules, unconfirmed)}"


def _header(rulebook: Rulebook) -> str:
    lines = [
        _INTRODUCTION,
        "",
        f"[{HEADER}]",
        f"format = {FORMAT}",
        f"title = {_text(rulebook.title)}",
        f"version = {rulebook.version}",
    ]
    if rulebook.by and rulebook.at is not None:
        at = rulebook.at.astimezone(UTC).replace(tzinfo=None)
        lines += [f"confirmed_by = {_text(rulebook.by)}", f"confirmed_at = {at.isoformat()}Z"]
    else:
        lines.append("# A draft: nobody stands for it as a whole.")
    if rulebook.note:
        lines.append(f"note = {_text(rulebook.note)}")
    return "\n".join([*lines, ""])


def write_rules(rules: Mapping[str, RuleLimits], unconfirmed: Collection[str] = ()) -> str:
    """Write the rules alone, in the order of the program, under the headings of their groups."""
    lines = []
    for heading, group in GROUPS.items():
        listed = [rule for rule in group if rule.id in rules]
        if listed:
            lines += [f"# ---- {heading}", ""]
        for rule in listed:
            lines += [*_rule_lines(rule, rules[rule.id], unconfirmed), ""]
    return "\n".join(lines)


def _rule_lines(rule: Rule, limits: RuleLimits, unconfirmed: Collection[str]) -> Iterator[str]:
    yield f"# {rule.title}"
    yield f"[{rule.id}]"
    yield f"enabled = {'true' if limits.enabled else 'false'}"
    plain = [parameter for parameter in rule.parameters if not parameter.by_categories]
    for parameter in plain:
        yield _value_line(rule, parameter, parameter.name, parameter.name, limits, unconfirmed)
    for parameter in (p for p in rule.parameters if p.by_categories):
        yield ""
        yield f"[{rule.id}.{parameter.name}]"
        yield _value_line(rule, parameter, "default", parameter.name, limits, unconfirmed)
        yield ""
        rows, columns = (_side_words(rule, side) for side in "ba")
        yield _TABLE_WORDS.format(rows=rows, columns=columns)
        yield f"[{rule.id}.{parameter.name}.table]"
        for row, column, name in _cells(rule, parameter, limits.values):
            yield _value_line(rule, parameter, f"{_key(row)}.{_key(column)}", name, limits, unconfirmed)


def _cells(rule: Rule, parameter: Parameter, values: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    """Give the cells that are set, row by row, in the order of the kinds' categories."""
    rows, columns = ((ANY, *categories_of(side)) for side in (rule.b, rule.a) if side is not None)
    for row in rows:
        for column in columns:
            name = cell_name(parameter.name, row, column)
            if name in values:
                yield row, column, name


def _value_line(
    rule: Rule, parameter: Parameter, key: str, name: str, limits: RuleLimits, unconfirmed: Collection[str]
) -> str:
    line = f"{key} = {_number(limits.values[name])}"
    if name == parameter.name:
        low, high = parameter.minimum, parameter.maximum
        parts = [parameter.label, parameter.unit, f"from {low:,.12g} to {high:,.12g}"]
    else:
        parts = [parameter.unit, limit_words(rule, name).removeprefix(parameter.label).strip(" ()")]
    mark = _UNCONFIRMED if f"{rule.id}.{name}" in unconfirmed else ""
    return f"{line:<32}  # {', '.join(part for part in parts if part)}{mark}"


def _side_words(rule: Rule, side: str) -> str:
    selection = rule.b if side == "b" else rule.a
    return "" if selection is None else " or ".join(spec_of(kind).title.lower() for kind in selection.kinds)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """Write a TOML basic string on one line; what cannot be seen is escaped."""
    escaped = (
        f"\\{char}"
        if char in '"\\'
        else char
        if char.isprintable() or char in _KEPT
        else f"\\U{ord(char):08X}"
        for char in value
    )
    return f'"{"".join(escaped)}"'


# ---------------------------------------------------------------- comparing


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: "+" is only in the later text, "-" only in the earlier, " " in both.

    "@" is a heading: the section that the lines below it stand in.
    """

    sign: str
    text: str


def differences(before: str, after: str) -> tuple[DiffLine, ...]:
    """Compare two rulebooks line by line; only what differs, with its neighbours, under its section.

    That nobody has confirmed a value is no difference.
    """
    old, new = before.split("\n"), after.split("\n")
    bare_old, bare_new = ([line.removesuffix(_UNCONFIRMED) for line in lines] for lines in (old, new))
    result: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, bare_old, bare_new, autojunk=False).get_grouped_opcodes(2):
        first = next(start for tag, _, _, start, _ in group if tag != "equal")
        heading = next((n for n in range(first - 1, -1, -1) if new[n].startswith("[")), -1)
        result.append(DiffLine("@", new[heading] if heading >= 0 else ""))
        for tag, i, j, k, m in group:
            if tag == "equal":
                result += [DiffLine(" ", new[n]) for n in range(max(k, heading + 1), m)]
            else:
                result += [DiffLine("-", line) for line in old[i:j]]
                result += [DiffLine("+", line) for line in new[k:m]]
    return tuple(result)
