"""The rulebook of a workspace: its rules as one readable whole, in versions that named people stand for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from layers.checks import Rule, is_confirmed, parameter_of, parameter_values
from layers.errors import LayersError
from layers.model import Confirmation, RulebookVersion, RuleSettings, Workspace
from layers.rulebook_reading import MOST_CHARACTERS, read
from layers.rulebook_text import HEADER, Rulebook, RuleLimits, write, write_rules
from layers.rules import RULES, RULES_BY_ID

_MOST_NAMED = 3

Limit = tuple[Rule, str, float]
"""A rule, the name of one of its values, and the value."""


def current(workspace: Workspace) -> Rulebook:
    """Return the rules as they are now: the last version while nothing differs from it, else a draft."""
    rules = {
        rule.id: RuleLimits(_settings(workspace, rule).enabled, parameter_values(rule, workspace))
        for rule in RULES
    }
    draft = Rulebook(workspace.title, len(workspace.rulebook) + 1, rules=rules)
    if not workspace.rulebook or unconfirmed(workspace):
        return draft
    last = workspace.rulebook[-1]
    if not last.text.endswith(f"\n{write_rules(rules)}"):
        return draft
    return replace(draft, version=last.number, by=last.by, at=last.at, note=last.note)


def current_text(workspace: Workspace) -> str:
    """Write the rules as they are now; what nobody stands for is marked in comments."""
    return write(current(workspace), {f"{rule.id}.{name}" for rule, name, _ in unconfirmed(workspace)})


def state_words(workspace: Workspace, now: Rulebook) -> str:
    """Say in a sentence who stands for the rules as they are now (`current`)."""
    if now.by and now.at is not None:
        return f"Version {now.version}, confirmed by {now.by} on {now.at.day} {now.at:%b %Y, %H:%M} UTC."
    if workspace.rulebook:
        last = workspace.rulebook[-1]
        since = f"Changed since version {last.number}{_other_rules(last.text)}"
        return f"{since}; nobody stands for the changes yet."
    return "Nobody has confirmed these rules as a whole yet."


def _other_rules(text: str) -> str:
    """Say which rules only one of this program and the one that wrote a version has; "" where none."""
    listed = set(re.findall(r"(?m)^\[(\w+)\]", text)) - {HEADER}
    added = [f"“{rule.title}”" for rule in RULES if rule.id not in listed]
    absent = sorted(listed - RULES_BY_ID.keys())
    sorts = (("adds", added), ("does not have", absent))
    words = [f"{verb} {_named(names)}" for verb, names in sorts if names]
    return f": this program {' and '.join(words)}" if words else ""


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def placeholders(workspace: Workspace) -> tuple[Limit, ...]:
    """Return every value for which there is no public standard, so that a named person must stand for it."""
    return tuple(
        (rule, name, value)
        for rule in RULES
        for name, value in parameter_values(rule, workspace).items()
        if (parameter := parameter_of(rule, name)) is not None and parameter.placeholder
    )


def unconfirmed(workspace: Workspace) -> tuple[Limit, ...]:
    """Return the placeholders that nobody stands for."""
    return tuple(
        (rule, name, value)
        for rule, name, value in placeholders(workspace)
        if (parameter := parameter_of(rule, name)) is not None
        and not is_confirmed(parameter, value, _settings(workspace, rule), name)
    )


def take(workspace: Workspace, rulebook: Rulebook) -> Workspace:
    """Return the workspace with the rules of a rulebook; the very same one when nothing differs.

    A confirmation never comes with a rulebook: a value stays confirmed only where somebody has confirmed this
    very value in this workspace. Rules that the rulebook does not list stay as they are.
    """
    rules = dict(workspace.rules)
    for rule in RULES:
        limits = rulebook.rules.get(rule.id)
        if limits is not None:
            put(rules, rule, settings_of(rule, limits, _settings(workspace, rule).confirmations))
    return workspace if rules == dict(workspace.rules) else replace(workspace, rules=rules)


def settings_of(rule: Rule, limits: RuleLimits, confirmations: Mapping[str, Confirmation]) -> RuleSettings:
    """Return the settings of a rule: what equals its own default, or confirms another value, is not kept."""
    defaults = {parameter.name: parameter.default for parameter in rule.parameters}
    values = defaults | dict(limits.values)
    return RuleSettings(
        limits.enabled,
        {name: value for name, value in values.items() if value != defaults.get(name)},
        {name: c for name, c in confirmations.items() if values.get(name) == c.value},
    )


def put(rules: dict[str, RuleSettings], rule: Rule, settings: RuleSettings) -> None:
    """Set what is said about a rule; nothing is stored of a rule about which nothing is said."""
    if settings == rules.get(rule.id, RuleSettings()):
        return
    if settings == RuleSettings():
        del rules[rule.id]
    else:
        rules[rule.id] = settings


def confirm(workspace: Workspace, by: str, note: str, now: datetime) -> Workspace:
    """Return the workspace with a new version of its rulebook, every placeholder of which `by` stands for.

    Raises
    ------
    LayersError
        When no name is given.
    """
    if not by.strip():
        raise LayersError("A rulebook is confirmed by a named person.", "Say who confirms it.")
    now = now.replace(microsecond=0)
    rules = dict(workspace.rules)
    for rule in RULES:
        mine = {
            name: Confirmation(value, by.strip(), now)
            for other, name, value in placeholders(workspace)
            if other.id == rule.id
        }
        put(rules, rule, replace(_settings(workspace, rule), confirmations=mine))
    confirmed = replace(workspace, rules=rules)
    rulebook = replace(current(workspace), version=len(workspace.rulebook) + 1)
    rulebook = replace(rulebook, by=by.strip(), at=now, note=note.strip())
    version = RulebookVersion(rulebook.version, now, rulebook.by, rulebook.note, write(rulebook))
    return replace(confirmed, rulebook=(*workspace.rulebook, version))


def text_of(workspace: Workspace, version: int | None) -> str:
    """Return the text of a version, or of the rules as they are now (None).

    Raises
    ------
    LayersError
        When there is no such version.
    """
    if version is None:
        return current_text(workspace)
    for kept in workspace.rulebook:
        if kept.number == version:
            return kept.text
    known = ", ".join(str(kept.number) for kept in workspace.rulebook)
    raise LayersError(
        f"There is no version {version} of the rulebook.",
        f"The versions are: {known}." if known else "Nobody has confirmed one yet.",
    )


def load(path: Path) -> Rulebook:
    """Read a rulebook from a file in UTF-8.

    Raises
    ------
    LayersError
        When it cannot be opened, or as `rulebook_reading.read`, with the name of the file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(4 * MOST_CHARACTERS + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LayersError(f"The file cannot be read: {reason}.", "Choose another file.", path.name) from error
    try:
        return read(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LayersError("This is not text in UTF-8.", "Save it as UTF-8.", path.name) from error
    except LayersError as error:
        where = ", ".join(part for part in (path.name, error.where) if part)
        raise LayersError(error.message, error.hint, where) from error


def _settings(workspace: Workspace, rule: Rule) -> RuleSettings:
    return workspace.rules.get(rule.id, RuleSettings())
