"""A rulebook as text: TOML that a person reads and edits, one value a line, the same every time.

Reading is strict: what this program does not know is refused with its line, never skipped or guessed. Nothing
in the text is run. Comments are for people; no value depends on them.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from layers.checks import Parameter, Rule
from layers.errors import LayersError
from layers.kinds import spec_of
from layers.limits import ANY, categories_of, cell_name, limit_words
from layers.rules import GROUPS, RULES

FORMAT = 1
MOST_CHARACTERS = 1_000_000
_HEADER = "rulebook"
_HEADER_KEYS = ("format", "title", "version", "confirmed_by", "confirmed_at", "note")
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
        f"[{_HEADER}]",
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


# ---------------------------------------------------------------- reading


def read(text: str) -> Rulebook:
    """Read what `write` wrote, or a person edited.

    Raises
    ------
    LayersError
        With the line and the field, and what to do: not TOML; a rule, limit or category that this program
        does not know; a value of the wrong type or out of range; something missing.
    """
    if len(text) > MOST_CHARACTERS:
        raise LayersError("This is too long for a rulebook.", f"The most is {MOST_CHARACTERS:,} characters.")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers with thousands of digits
        raise LayersError(
            f"This is not a rulebook in TOML: {error}.", "Correct that place, or export the rulebook again."
        ) from error
    return _Reading(text, content).rulebook()


class _Reading:
    """The content of one text, with the means to say where in it something is wrong."""

    def __init__(self, text: str, content: Mapping[str, Any]) -> None:
        self._text, self._content = text, content

    def rulebook(self) -> Rulebook:
        """Read everything, or refuse."""
        header = self._header()
        known = {rule.id: rule for rule in RULES}
        for name in self._content:
            if name != _HEADER and name not in known:
                self._refuse((name,), f"There is no rule {name}.", "Take its lines out, or correct its name.")
        rules = {rule.id: self._rule(rule) for rule in RULES if rule.id in self._content}
        return Rulebook(
            header["title"],
            header["version"],
            header.get("confirmed_by", ""),
            header.get("confirmed_at"),
            header.get("note", ""),
            rules,
        )

    def _header(self) -> dict[str, Any]:
        header = dict(self._table((_HEADER,)))
        self._only((_HEADER,), header, _HEADER_KEYS)
        kinds: dict[str, tuple[type, str]] = {
            "format": (int, "a whole number"),
            "title": (str, 'text in "quotes"'),
            "version": (int, "a whole number"),
            "confirmed_by": (str, 'text in "quotes"'),
            "confirmed_at": (datetime, "a time such as 2026-11-23T08:00:00Z"),
            "note": (str, 'text in "quotes"'),
        }
        for key, (kind, words) in kinds.items():
            if key in ("format", "title", "version"):
                self._needs((_HEADER,), header, key)
            if key in header and (not isinstance(header[key], kind) or isinstance(header[key], bool)):
                self._refuse((_HEADER, key), f"{key} must be {words}.", "Correct the line.")
        if header["format"] != FORMAT:
            what = f"This rulebook has the format {header['format']}; this program reads format {FORMAT}."
            self._refuse((_HEADER, "format"), what, "Update the program, or export the rulebook again.")
        if header["version"] < 1:
            self._refuse((_HEADER, "version"), "Versions count from 1.", "Correct the number.")
        self._check_signature(header)
        return header

    def _check_signature(self, header: dict[str, Any]) -> None:
        """Refuse half a signature, or one at a time of unknown zone; make the time UTC."""
        signed = [key for key in ("confirmed_by", "confirmed_at") if key in header]
        if len(signed) == 1 or header.get("confirmed_by") == "":
            what = "Who confirmed it and when belong together."
            self._refuse((_HEADER, signed[0]), what, "Give both, or take both lines out.")
        if "confirmed_at" in header:
            if header["confirmed_at"].tzinfo is None:
                what = "confirmed_at does not say its time zone."
                self._refuse((_HEADER, "confirmed_at"), what, "End it with Z for UTC.")
            header["confirmed_at"] = header["confirmed_at"].astimezone(UTC)

    def _rule(self, rule: Rule) -> RuleLimits:
        path = (rule.id,)
        table = self._table(path)
        self._only(path, table, ("enabled", *(parameter.name for parameter in rule.parameters)))
        self._needs(path, table, "enabled")
        if not isinstance(table["enabled"], bool):
            self._refuse((*path, "enabled"), "enabled must be true or false.", "Correct the line.")
        values: dict[str, float] = {}
        for parameter in rule.parameters:
            self._needs(path, table, parameter.name)
            if parameter.by_categories:
                values |= self._limits(rule, parameter)
            else:
                values[parameter.name] = self._value((*path, parameter.name), parameter)
        return RuleLimits(table["enabled"], values)

    def _limits(self, rule: Rule, parameter: Parameter) -> dict[str, float]:
        """Read a value for all and the table of others."""
        path = (rule.id, parameter.name)
        section = self._table(path)
        self._only(path, section, ("default", "table"))
        self._needs(path, section, "default")
        values = {parameter.name: self._value((*path, "default"), parameter)}
        if "table" not in section or rule.b is None:
            return values
        rows, columns = (ANY, *categories_of(rule.b)), (ANY, *categories_of(rule.a))
        for row in self._only((*path, "table"), self._table((*path, "table")), rows, "category"):
            cells = self._table((*path, "table", row))
            for column in self._only((*path, "table", row), cells, columns, "category"):
                place = (*path, "table", row, column)
                if row == column == ANY:
                    self._refuse(place, "This is the default, which has a line of its own.", "Take it out.")
                values[cell_name(parameter.name, row, column)] = self._value(place, parameter)
        return values

    def _value(self, path: tuple[str, ...], parameter: Parameter) -> float:
        value = self._at(path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(path, f"{parameter.label} must be a number.", "Write a number such as 500.")
        if not parameter.minimum <= value <= parameter.maximum or not math.isfinite(value):
            low, high = parameter.minimum, parameter.maximum
            hint = f"Give a value from {low:g} to {high:g} {parameter.unit}."
            self._refuse(path, f"{parameter.label} is out of range.", hint)
        return float(value)

    def _at(self, path: tuple[str, ...]) -> Any:
        value: Any = self._content
        for key in path:
            value = value[key]
        return value

    def _table(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        if path == (_HEADER,) and _HEADER not in self._content:
            raise LayersError("The text has no [rulebook] section.", "Begin with an exported rulebook.")
        value = self._at(path)
        if not isinstance(value, dict):
            self._refuse(path, f"{path[-1]} must be a section.", f"Write it as [{'.'.join(path)}].")
        return value

    def _only(
        self, path: tuple[str, ...], table: Mapping[str, Any], known: Collection[str], what: str = "entry"
    ) -> tuple[str, ...]:
        for key in table:
            if key not in known:
                hint = f"There {'is' if len(known) == 1 else 'are'}: {', '.join(known)}."
                self._refuse((*path, key), f"There is no {what} {key} here.", hint)
        return tuple(table)

    def _needs(self, path: tuple[str, ...], table: Mapping[str, Any], key: str) -> None:
        if key not in table:
            self._refuse(path, f"{key} is missing.", f"Add a line for {key}, or export the rulebook again.")

    def _refuse(self, path: tuple[str, ...], message: str, hint: str) -> NoReturn:
        number = _line_of(self._text, path)
        place = ".".join(path)
        raise LayersError(message, hint, f"line {number}, {place}" if number else place)


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the line (from 1) of the section or entry that `path` names, or of its first part; 0 if none."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if head := re.match(r"\s*\[([^\[\]]+)\]", line):
            section, spelt = _plain(head[1]), _plain(head[1])
        elif entry := re.match(r"""\s*((?:[\w*-]+|"[^"]*"|'[^']*'|\s*\.\s*)+)\s*=""", line):
            spelt = ".".join(part for part in (section, _plain(entry[1])) if part)
        else:
            continue
        if spelt == ".".join(path) or spelt.startswith(".".join((*path, ""))):
            return number
    return 0


def _plain(key: str) -> str:
    return re.sub(r"[\s\"']", "", key)


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
