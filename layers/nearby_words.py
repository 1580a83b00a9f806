"""What is near a place, in words for a person and as plain values for a script."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely

from layers import geo
from layers.check_json import iso
from layers.coordinates import Notation, format_position
from layers.kinds import spec_of
from layers.model import Feature, Kind
from layers.nearby import FARTHEST_M, Nearby, Neighbour, Standing
from layers.words import metres

CAVEAT = (
    "Only what this workspace holds is listed. The absence of a mark does not mean that a place is safe; "
    "protection does not depend on being listed."
)
PROTECTED_TITLE, OTHERS_TITLE = "Protected", "Zones, hazards and projects"
_WORTH_SAYING_M = 1.0


def place_words(nearby: Nearby, notation: Notation = Notation.MGRS) -> str:
    """Name the place that was asked about, and how well it is known."""
    known = ""
    if nearby.uncertainty_m >= _WORTH_SAYING_M:
        known = f", known to within {metres(nearby.uncertainty_m)}"
    if nearby.subject is not None:
        return f"{called(nearby.subject)}{known}"
    return f"{format_position(nearby.lon, nearby.lat, notation)}{known}"


def scope_words(nearby: Nearby) -> str:
    """Say what is listed: everything within the radius, the nearest beyond, and when it was asked."""
    beyond = f", and the nearest {nearby.nearest} of each kind" if nearby.nearest else ""
    within = radius_words(nearby.radius_m)
    return f"Everything that may lie within {within}{beyond}, as of {_moment(nearby.as_of)}."


def radius_words(radius_m: float) -> str:
    """Write a radius as it was chosen: "500 m", "2.5 km"."""
    return f"{radius_m:g} m" if radius_m < 1_000 else f"{radius_m / 1_000:g} km"


def called(feature: Feature) -> str:
    """Name a feature: its category (or kind) and its name, or the partner's id."""
    spec = spec_of(feature.kind)
    what = spec.category_label(feature.category) or spec.title
    name = feature.name or feature.source_id
    what = spec.title if what == "Other" else what
    return f"{what} “{name}”" if name else f"{what} without a name"


def distance_words(neighbour: Neighbour) -> str:
    """Return how far it is; with both limits where the uncertainties are worth a word."""
    is_point = bool(shapely.get_dimensions(neighbour.feature.geometry) == 0)
    here, maybe = ("at this place", "at this place") if is_point else ("inside or touching", "inside")
    distance = metres(neighbour.distance_m) if neighbour.distance_m else here
    if neighbour.at_most_m - neighbour.distance_m < _WORTH_SAYING_M:
        return distance
    most = f"at most {_outward(neighbour.at_most_m, up=True)}"
    if not neighbour.at_least_m:
        return f"{distance} (may be {maybe}, {most})" if neighbour.distance_m else f"{distance} ({most})"
    return f"{distance} (at least {_outward(neighbour.at_least_m, up=False)}, {most})"


def _outward(value: float, *, up: bool) -> str:
    """Write a limit so that rounding never makes it narrower."""
    step = 1.0 if value < 1_000 else 10.0 if value < 10_000 else 100.0
    return metres((math.ceil if up else math.floor)(value / step) * step)


def direction_words(neighbour: Neighbour) -> str:
    """Return where it lies: "north-east (47°)"; "" inside, and where it may lie in any direction."""
    if neighbour.bearing_deg is None:
        return "" if not neighbour.distance_m else "direction not certain"
    return f"{geo.compass_word(neighbour.bearing_deg)} ({round(neighbour.bearing_deg) % 360}°)"


def standing_words(neighbour: Neighbour) -> str:
    """Say whether it holds now, later or no longer, and until when."""
    window = neighbour.feature.window
    until = "until further notice" if window.end is None else f"until {_moment(window.end)}"
    if neighbour.standing is Standing.UNKNOWN:
        return "its times cannot be understood"
    if neighbour.standing is Standing.FUTURE and window.start is not None:
        return f"not yet: from {_moment(window.start)} {until}"
    if neighbour.standing is Standing.OVER and window.end is not None:
        return f"over since {_moment(window.end)}"
    if neighbour.standing is Standing.OFF_HOURS:
        return f"in force {until}, but not at this hour ({neighbour.feature.fields['active_hours']})"
    if window.start is None and window.end is None:
        return "no dates stated"
    return f"in force now, {until}"


def status_words(neighbour: Neighbour) -> str:
    """Return what its status fields say: "open, position verified on site"."""
    said = []
    for name, label in neighbour.statuses.items():
        words = label[:1].lower() + label[1:]
        if name == "verification":
            said.append(f"position {words or 'verification not stated'}")
        else:
            said.append(words or f"{name} not stated")
    return ", ".join(said)


def contact_words(neighbour: Neighbour) -> str:
    """Return whom to call."""
    said = [text for text in (neighbour.owner, neighbour.contact) if text]
    return ", ".join(said if neighbour.contact else [*said, "no contact recorded"])


def sentence(neighbour: Neighbour) -> str:
    """Return one line that says everything about a neighbour."""
    where = ", ".join(part for part in (distance_words(neighbour), direction_words(neighbour)) if part)
    states = "; ".join(part for part in (status_words(neighbour), standing_words(neighbour)) if part)
    return f"{called(neighbour.feature)}: {where}. {_sentence(states)} Contact: {contact_words(neighbour)}."


def coverage_lines(nearby: Nearby) -> list[str]:
    """Say what was looked at, what could not be, and that a gap in the list proves nothing."""
    counts = ", ".join(_count(kind, n) for kind, n in nearby.looked_at.items() if n)
    none = [spec_of(kind).title_plural.lower() for kind, n in nearby.looked_at.items() if not n]
    lines = [f"Looked at: {counts}." if counts else "There was nothing to look at."]
    if none:
        lines.append(f"This workspace has no {_or(none)} with a position.")
    for kind, reasons in nearby.not_listed.items():
        for reason, n in reasons.items():
            verb = "is" if n == 1 else "are"
            lines.append(f"{_count(kind, n)} {verb} not listed: {reason}.")
    for kind, n in nearby.left_off.items():
        lines.append(
            f"{_count(kind, n)} more within {radius_words(nearby.radius_m)}: choose a smaller radius."
        )
    if counts and not nearby.protected and not nearby.others:
        lines.append(
            f"None of it lies within {radius_words(FARTHEST_M)}: check the position. "
            "Without letters, latitude comes first."
        )
    return [*lines, CAVEAT]


def as_text(nearby: Nearby, notation: Notation = Notation.MGRS) -> str:
    """Return the whole answer as plain text, to be read out or sent on."""
    lines = [f"Near {place_words(nearby, notation)}", scope_words(nearby)]
    for title, neighbours in ((PROTECTED_TITLE, nearby.protected), (OTHERS_TITLE, nearby.others)):
        lines += ["", title]
        lines += [f"- {sentence(neighbour)}" for neighbour in neighbours] or ["- Nothing is listed."]
    return "\n".join([*lines, "", *coverage_lines(nearby)])


def nearby_json(nearby: Nearby) -> dict[str, Any]:
    """Return the answer as plain values; what does not apply is None."""
    return {
        "place": {
            "lon": nearby.lon,
            "lat": nearby.lat,
            "uncertainty_m": nearby.uncertainty_m,
            "feature": None if nearby.subject is None else nearby.subject.id,
        },
        "as_of": iso(nearby.as_of),
        "radius_m": nearby.radius_m,
        "nearest": nearby.nearest,
        "protected": [_neighbour_json(neighbour) for neighbour in nearby.protected],
        "others": [_neighbour_json(neighbour) for neighbour in nearby.others],
        "looked_at": _by_kind(nearby.looked_at),
        "not_listed": {kind.value: dict(reasons) for kind, reasons in nearby.not_listed.items()},
        "left_off": _by_kind(nearby.left_off),
        "caveat": CAVEAT,
    }


def _neighbour_json(neighbour: Neighbour) -> dict[str, Any]:
    feature = neighbour.feature
    return {
        "kind": feature.kind.value,
        "id": feature.id,
        "source_id": feature.source_id or None,
        "name": feature.name,
        "category": feature.category,
        "layer": neighbour.layer,
        "distance_m": neighbour.distance_m,
        "at_least_m": neighbour.at_least_m,
        "at_most_m": neighbour.at_most_m,
        "bearing_deg": neighbour.bearing_deg,
        "standing": neighbour.standing.value,
        "window": {"from": iso(feature.window.start), "to": iso(feature.window.end)},
        "statuses": {name: words or None for name, words in neighbour.statuses.items()},
        "owner": neighbour.owner or None,
        "contact": neighbour.contact or None,
        "sentence": sentence(neighbour),
    }


def _by_kind(counts: Mapping[Kind, int]) -> dict[str, int]:
    return {kind.value: n for kind, n in counts.items()}


def _count(kind: Kind, n: int) -> str:
    spec = spec_of(kind)
    return f"{n:,} {(spec.title if n == 1 else spec.title_plural).lower()}"


def _or(items: list[str]) -> str:
    return " or ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
