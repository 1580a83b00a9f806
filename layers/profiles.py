"""Release profiles: what each audience may read. Allow-lists in TOML; what is not named stays here."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from layers.errors import LayersError
from layers.kinds import spec_of
from layers.model import Kind, KindSpec
from resources import resource

E = TypeVar("E", bound=StrEnum)

BASE_FIELDS = ("source_id", "name", "category", "valid_from", "valid_to", "uncertainty_m")
"""The base columns a profile may name; every other base column never leaves."""


class GeometryRule(StrEnum):
    """What becomes of a released position."""

    EXACT = "exact"
    GRID = "grid"
    """Replaced by the cell of the fixed grid that it lies in, the uncertainty this brings being stated."""
    AVOID_AREA = "avoid_area"
    """Only cells of the fixed grid leave, with a neutral reason; nothing of the feature itself."""


class TimeRule(StrEnum):
    """What becomes of the times of a window."""

    EXACT = "exact"
    OUTWARD = "outward"
    """Rounded outward to the profile's step, so that a window only ever grows."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """What may leave of one kind. A field that is not named does not leave."""

    kind: Kind
    geometry: GeometryRule
    time: TimeRule
    fields: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    """Columns of partners that may leave, by their exact names."""
    categories: frozenset[str] | None = None
    """Categories that may leave; None for every one in the code list."""


@dataclass(frozen=True, slots=True)
class AvoidAreaRule:
    """How avoid areas are made: cells of about `cell_m` metres that cover the source and a margin."""

    cell_m: float
    margin_m: float
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """An audience and everything that it may read."""

    id: str
    title: str
    audience: str
    marking: str
    caveats: tuple[str, ...]
    contact: str
    formats: tuple[str, ...]
    approver_required: bool
    valid_hours: int
    time_step_hours: int
    labels: frozenset[str]
    """Labels, lower case, whose features may leave; "" is a feature without a label."""
    partner_names: bool
    workspace_title: bool
    avoid_area: AvoidAreaRule
    kinds: Mapping[Kind, KindRule]


def load_profiles() -> tuple[Profile, ...]:
    """Return the shipped profiles, the widest audience last.

    Raises
    ------
    LayersError
        When a profile file is not what this program understands; nothing may be released with it.
    """
    return _shipped()


@cache
def _shipped() -> tuple[Profile, ...]:
    files = [item for item in resource("profiles").iterdir() if item.name.endswith(".toml")]
    profiles = [parse_profile(item.read_text(encoding="utf-8"), item.name) for item in files]
    return tuple(sorted(profiles, key=lambda profile: (len(profile.labels) * -1, profile.id)))


def parse_profile(text: str, where: str = "profile") -> Profile:
    """Read a profile; an unknown key, kind, field or rule is an error, never ignored.

    Raises
    ------
    LayersError
        Says which key of which section is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayersError(f"The release profile is not valid TOML: {error}.", where=where) from error
    top = _Section(data, where)
    avoid = top.section("avoid_area")
    profile = Profile(
        id=top.text("id"),
        title=top.text("title"),
        audience=top.text("audience"),
        marking=top.text("marking"),
        caveats=top.texts("caveats"),
        contact=top.text("contact"),
        formats=top.texts("formats"),
        approver_required=top.truth("approver_required"),
        valid_hours=top.whole("valid_hours"),
        time_step_hours=top.whole("time_step_hours"),
        labels=frozenset(label.strip().casefold() for label in top.texts("labels")),
        partner_names=top.truth("partner_names"),
        workspace_title=top.truth("workspace_title"),
        avoid_area=AvoidAreaRule(
            cell_m=float(avoid.whole("cell_m")),
            margin_m=float(avoid.whole("margin_m")),
            reason=avoid.text("reason"),
        ),
        kinds=_kind_rules(top.section("kinds")),
    )
    avoid.finish()
    top.finish()
    return profile


def _kind_rules(section: "_Section") -> dict[Kind, KindRule]:
    rules = {}
    for name in list(section.data):
        part = section.section(name)
        try:
            kind = Kind(name)
        except ValueError:
            raise part.wrong("is not a kind of feature") from None
        rules[kind] = _kind_rule(kind, part)
        part.finish()
    section.finish()
    return rules


def _kind_rule(kind: Kind, part: "_Section") -> KindRule:
    spec = spec_of(kind)
    geometry = part.choice("geometry", GeometryRule)
    if kind is Kind.MILITARY_ZONE and geometry is not GeometryRule.AVOID_AREA:
        raise part.wrong("must have geometry = 'avoid_area': military zones never leave")
    fields = part.texts("fields") if "fields" in part.data else ()
    attributes = part.texts("attributes") if "attributes" in part.data else ()
    known = {*BASE_FIELDS, *(field.name for field in spec.fields)}
    for name in fields:
        if name not in known:
            raise part.wrong(f"names a field that this kind does not have: {name}")
    if geometry is GeometryRule.AVOID_AREA and (fields or attributes):
        raise part.wrong("becomes avoid areas, so it cannot release fields")
    return KindRule(
        kind=kind,
        geometry=geometry,
        time=part.choice("time", TimeRule),
        fields=fields,
        attributes=attributes,
        categories=_categories(part, spec),
    )


def _categories(part: "_Section", spec: KindSpec) -> frozenset[str] | None:
    if part.data.get("categories") == "all":
        part.text("categories")
        return None
    names = part.texts("categories")
    known = {code.id for code in spec.categories} | {""}
    for name in names:
        if name not in known:
            raise part.wrong(f"names a category that this kind does not have: {name}")
    return frozenset(names)


class _Section:
    """One table of a profile file, from which every key must be taken."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.data = data
        self.where = where
        self._taken: set[str] = set()

    def wrong(self, what: str) -> LayersError:
        return LayersError(f"This part of the release profile {what}.", "Correct the file.", self.where)

    def finish(self) -> None:
        """Refuse keys that nothing asked for: a misspelt rule must not silently be no rule."""
        unknown = sorted(set(self.data) - self._taken)
        if unknown:
            raise self.wrong(f"has unknown keys: {', '.join(unknown)}")

    def _take(self, key: str) -> Any:
        if key not in self.data:
            raise self.wrong(f"lacks the key '{key}'")
        self._taken.add(key)
        return self.data[key]

    def section(self, key: str) -> "_Section":
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.wrong(f"needs a table '{key}'")
        return _Section(value, f"{self.where}, {key}")

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str):
            raise self.wrong(f"needs text for '{key}'")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(f"needs a list of texts for '{key}'")
        return tuple(value)

    def truth(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.wrong(f"needs true or false for '{key}'")
        return value

    def whole(self, key: str) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.wrong(f"needs a whole number above 0 for '{key}'")
        return value

    def choice(self, key: str, words: type[E]) -> E:
        value = self.text(key)
        try:
            return words(value)
        except ValueError:
            raise self.wrong(f"does not know {key} = '{value}'") from None
