"""A rulebook read back from its text, strictly.

What this program does not know is refused with its line, never skipped or guessed. Nothing in the text is
run.
"""

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from layers.checks import Parameter, Rule
from layers.errors import LayersError
from layers.limits import ANY, categories_of, cell_name
from layers.rulebook_text import FORMAT, HEADER, Rulebook, RuleLimits
from layers.rules import RULES, RULES_BY_ID

MOST_CHARACTERS = 1_000_000
_HEADER_KEYS = ("format", "title", "version", "confirmed_by", "confirmed_at", "note")


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
        for name in self._content:
            if name != HEADER and name not in RULES_BY_ID:
                hint = "Take its lines out, correct its name, or use the program that has it."
                self._refuse((name,), f"This program has no rule {name}.", hint)
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
        header = dict(self._table((HEADER,)))
        self._only((HEADER,), header, _HEADER_KEYS)
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
                self._needs((HEADER,), header, key)
            if key in header and (not isinstance(header[key], kind) or isinstance(header[key], bool)):
                self._refuse((HEADER, key), f"{key} must be {words}.", "Correct the line.")
        if header["format"] != FORMAT:
            what = f"This rulebook has the format {header['format']}; this program reads format {FORMAT}."
            self._refuse((HEADER, "format"), what, "Update the program, or export the rulebook again.")
        if header["version"] < 1:
            self._refuse((HEADER, "version"), "Versions count from 1.", "Correct the number.")
        self._check_signature(header)
        return header

    def _check_signature(self, header: dict[str, Any]) -> None:
        """Refuse half a signature, or one at a time of unknown zone; make the time UTC."""
        signed = [key for key in ("confirmed_by", "confirmed_at") if key in header]
        if len(signed) == 1 or header.get("confirmed_by") == "":
            what = "Who confirmed it and when belong together."
            self._refuse((HEADER, signed[0]), what, "Give both, or take both lines out.")
        if "confirmed_at" in header:
            if header["confirmed_at"].tzinfo is None:
                what = "confirmed_at does not say its time zone."
                self._refuse((HEADER, "confirmed_at"), what, "End it with Z for UTC.")
            try:
                header["confirmed_at"] = header["confirmed_at"].astimezone(UTC)
            except OverflowError:
                what = "confirmed_at lies outside the calendar."
                self._refuse((HEADER, "confirmed_at"), what, "Correct the time.")

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
        if path == (HEADER,) and HEADER not in self._content:
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
