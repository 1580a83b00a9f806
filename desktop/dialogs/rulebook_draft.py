"""The rules while they are being edited: what every page of the rules dialog shows and changes."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from layers import rulebook
from layers.checks import Parameter, Rule, is_confirmed, parameter_of
from layers.limits import amount, effective, limit_words
from layers.model import Confirmation, RuleSettings, Workspace
from layers.rulebook_text import Rulebook, RuleLimits
from layers.rules import RULES


class RulesDraft(QObject):
    """A workspace with the rules as they are set in the dialog; nothing else of it is changed.

    A confirmation stays with its very value: setting a value back to what was confirmed brings it back.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.start(workspace)

    def start(self, workspace: Workspace) -> None:
        """Show the rules of a workspace, as they are there."""
        self._original = dict(workspace.rules)
        self.dropped = tuple(_out_of_range(workspace))
        """What a value was given up for, in words: the file holds one that no check accepts."""
        self._set(workspace)
        for rule in RULES if self.dropped else ():
            self._put(rule, self.settings(rule).enabled, self.values(rule))
        self.changed.emit()

    def _set(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._values: dict[str, dict[str, float]] = {}
        self._waiting: dict[str, frozenset[str]] = {}

    @property
    def workspace(self) -> Workspace:
        """The workspace with the rules as they are set here."""
        return self._workspace

    @property
    def rules(self) -> Mapping[str, RuleSettings]:
        """What is set, by rule id."""
        return self.workspace.rules

    def settings(self, rule: Rule) -> RuleSettings:
        """Return what is set for a rule."""
        return self.workspace.rules.get(rule.id, RuleSettings())

    def values(self, rule: Rule) -> Mapping[str, float]:
        """Return every value of a rule by name: its defaults, and over them what is set within the limits."""
        if rule.id not in self._values:
            values = {parameter.name: parameter.default for parameter in rule.parameters}
            for name, value in self.settings(rule).parameters.items():
                parameter = parameter_of(rule, name)
                if parameter is None or parameter.minimum <= value <= parameter.maximum:
                    values[name] = value
            self._values[rule.id] = values
        return self._values[rule.id]

    def limit(self, rule: Rule, parameter: Parameter, row: str, column: str) -> tuple[str, float]:
        """Return the value that holds for a pair of categories, after the name it is set under."""
        return effective(self.values(rule), parameter.name, row, column)

    def confirmation(self, rule: Rule, name: str) -> Confirmation | None:
        """Return who stands for a value; None when nobody does, or nobody needs to."""
        found = self.settings(rule).confirmations.get(name)
        return found if found is not None and found.value == self.values(rule).get(name) else None

    def waiting(self, rule: Rule) -> frozenset[str]:
        """Name the values of a rule that are placeholders nobody stands for."""
        if rule.id not in self._waiting:
            settings = self.settings(rule)
            self._waiting[rule.id] = frozenset(
                name
                for name, value in self.values(rule).items()
                if (parameter := parameter_of(rule, name)) is not None
                and not is_confirmed(parameter, value, settings, name)
            )
        return self._waiting[rule.id]

    def set_enabled(self, rule: Rule, on: bool) -> None:
        """Say whether a rule is asked in every check."""
        if on != self.settings(rule).enabled:
            self._put(rule, on, self.values(rule))
            self.changed.emit()

    def set_values(self, rule: Rule, changes: Mapping[str, float | None]) -> None:
        """Set values by name; None takes one away: the next less exact one, or the default, counts then."""
        before = self.values(rule)
        values = {**before, **{name: value for name, value in changes.items() if value is not None}}
        defaults = {parameter.name: parameter.default for parameter in rule.parameters}
        for name in (name for name, value in changes.items() if value is None):
            values.pop(name, None)
        values = defaults | values
        if values != before:
            self._put(rule, self.settings(rule).enabled, values)
            self.changed.emit()

    def take(self, book: Rulebook) -> None:
        """Take in the limits of a rulebook; confirmations are those of this workspace."""
        self._set(rulebook.take(self.workspace, book))
        self.changed.emit()

    def _put(self, rule: Rule, enabled: bool, values: Mapping[str, float]) -> None:
        rules = dict(self.workspace.rules)
        confirmations = self._original.get(rule.id, RuleSettings()).confirmations
        rulebook.put(rules, rule, rulebook.settings_of(rule, RuleLimits(enabled, values), confirmations))
        self._set(replace(self.workspace, rules=rules))


def _out_of_range(workspace: Workspace) -> list[str]:
    """Name the stored values that lie outside the limits of their parameters."""
    found = []
    for rule in RULES:
        for name, value in workspace.rules.get(rule.id, RuleSettings()).parameters.items():
            parameter = parameter_of(rule, name)
            if parameter is not None and not parameter.minimum <= value <= parameter.maximum:
                found.append(f"{rule.title}, {_small(limit_words(rule, name))}: {amount(parameter, value)}")
    return found


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
