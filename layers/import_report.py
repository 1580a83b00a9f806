"""What became of every row of a partner file, in words and as JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.errors import LayersError
from layers.model import Kind
from layers.reading import Action, Problem

_LEFT_OPEN = {"moved": "moved (a big move needs a reason)", "removed": "missing (kept)"}
_REMOVALS = {"keep": "kept", "expire": "ended", "drop": "taken out"}


@dataclass(frozen=True)
class ImportReport:
    """What became of every row of a partner file; `rows = imported + len(skipped)` always."""

    file: str
    sha256: str
    kind: Kind
    layer: str
    crs: str
    crs_how: str
    encoding: str
    encoding_how: str
    rows: int
    imported: int
    problems: tuple[Problem, ...]
    layer_id: str = field(default="")
    """Id of the layer; "" when no row could be imported."""
    delivery: Mapping[str, Any] | None = None
    """What a delivery changed in the layer that it brought up to date; None where a layer was made."""
    systems: tuple[Mapping[str, str], ...] = ()
    """Coordinate systems that a file which names none could be in, the likeliest first: `code`, `name`, and
    `where` its rows would lie."""

    def of(self, action: Action) -> tuple[Problem, ...]:
        """Return the problems of one sort, in order of rows."""
        found = [p for p in self.problems if p.action is action]
        return tuple(sorted(found, key=lambda p: p.row or 0))

    def to_json(self) -> dict[str, Any]:
        """Return the report as `import --json` writes it (DESIGN, section 8)."""
        report: dict[str, Any] = {
            "file": self.file,
            "sha256": self.sha256,
            "kind": self.kind.value,
            "layer": self.layer,
            "crs": {"code": self.crs, "how": self.crs_how, **self._could_be()},
            "encoding": {"name": self.encoding, "how": self.encoding_how},
            "rows": self.rows,
            "imported": self.imported,
            "repaired": [{"row": p.row, "what": p.what} for p in self.of(Action.REPAIRED)],
            "skipped": [{"row": p.row, "why": p.what} for p in self.of(Action.SKIPPED)],
            "doubts": [
                {"row": p.row, "code": p.code, "what": p.what, "proposal": p.proposal}
                for p in self.of(Action.DOUBT)
            ],
        }
        return report if self.delivery is None else {**report, "delivery": dict(self.delivery)}

    def _could_be(self) -> dict[str, Any]:
        return {"candidates": [dict(system) for system in self.systems]} if self.systems else {}

    def refuse_empty(self) -> None:
        """Raise a `LayersError` with the first reason where no row could be read."""
        if not self.imported:
            first = next(iter(self.of(Action.SKIPPED)), None)
            raise LayersError("No row of it could be read.", first.what if first else "", self.file)

    def reading_words(self) -> tuple[str, ...]:
        """Say how much of the file was read, what was left out, and the first doubt of each sort."""
        lines = [f"{self.imported:,} of {self.rows:,} rows read."]
        skipped = self.of(Action.SKIPPED)
        if skipped:
            lines.append(f"{len(skipped):,} left out. The first: row {skipped[0].row}, {skipped[0].what}")
        doubts: dict[str, list[Problem]] = {}
        for problem in self.of(Action.DOUBT):
            doubts.setdefault(problem.code, []).append(problem)
        for found in doubts.values():
            row = f"row {found[0].row:,}: " if found[0].row else ""
            times = f" ({len(found):,} times)" if len(found) > 1 else ""
            lines.append(f"In doubt{times}: {row}{found[0].what} {found[0].proposal}".rstrip())
        return tuple(lines)

    def summary(self) -> str:
        """Return one sentence: how many of how many rows, and what to look at."""
        sentence = f"{self.file}: {self.imported:,} of {self.rows:,} rows imported"
        notes = []
        for action, word in ((Action.REPAIRED, "repaired"), (Action.SKIPPED, "skipped")):
            count = len(self.of(action))
            if count:
                notes.append(f"{count:,} {word}")
        doubts = len(self.of(Action.DOUBT))
        if doubts:
            notes.append(f"{doubts:,} doubt{'s' if doubts > 1 else ''} to look at")
        first = next(iter(self.of(Action.SKIPPED)), None)
        why = f" First skipped: row {first.row}, {first.what}" if first else ""
        changes = f" {delivery_words(self.layer, self.delivery)}" if self.delivery is not None else ""
        return f"{sentence}{', ' + ', '.join(notes) if notes else ''}.{changes}{why}"


def delivery_words(layer: str, delivery: Mapping[str, Any]) -> str:
    """Return one sentence: what a delivery changed."""
    if delivery["same_file"]:
        pending = ", ".join(f"{len(delivery[k]):,} {w}" for k, w in _LEFT_OPEN.items() if delivery[k])
        still = f" Still open: {pending}." if pending else ""
        return f"This very file was imported before; “{layer}” was not changed.{still}"
    notes = [f"{len(delivery['added']):,} added"] if delivery["added"] else []
    missing: dict[str, int] = Counter(item["action"] for item in delivery["removed"])
    notes += [f"{count:,} missing ({_REMOVALS[action]})" for action, count in sorted(missing.items())]
    if delivery["moved"]:
        left = sum(not item["accepted"] for item in delivery["moved"])
        far = f" ({left:,} left where they were: a big move needs a reason)" if left else ""
        notes.append(f"{len(delivery['moved']):,} moved{far}")
    notes += [f"{len(delivery[key]):,} {key}" for key in ("renamed", "changed") if delivery[key]]
    same = f"{delivery['unchanged']:,} unchanged"
    return f"“{layer}” was brought up to date: {', '.join([*notes, same])}."
