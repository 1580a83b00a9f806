"""A delivery in the import report: as JSON, and the doubts that come of it."""

from typing import Any

from layers.deliveries import Choices, Delivery, Removal
from layers.model import FeatureTable
from layers.reading import Action, Problem


def delivery_json(delivery: Delivery, layer: FeatureTable, choices: Choices) -> dict[str, Any]:
    """Return what a delivery changes, as `import --json` writes it under `delivery`.

    `{"same_file", "unchanged", "added": [{"source_id", "name"}], "removed": [{…, "action"}], "moved": [{…,
    "metres", "accepted", "reason"}], "renamed": [{…, "old", "new"}], "changed": [{…, "fields"}]}`; what is
    known already is named by its `id` too.
    """

    def who(feature_id: str) -> dict[str, Any]:
        i = layer.rows_by_id[feature_id]
        return {"id": feature_id, "source_id": layer.source_id[i], "name": layer.name[i]}

    table = delivery.table
    return {
        "same_file": False,
        "unchanged": delivery.unchanged,
        "added": [
            {"id": table.id[j], "source_id": table.source_id[j], "name": table.name[j]}
            for j in delivery.added
        ],
        "removed": [{**who(i), "action": choices.of(i).value} for i in delivery.removed],
        "moved": [
            {
                **who(move.id),
                "metres": round(move.metres, 2),
                "accepted": choices.accepts(move),
                "reason": choices.why(move),
            }
            for move in delivery.moved
        ],
        "renamed": [{**who(item.id), "old": item.old, "new": item.new} for item in delivery.renamed],
        "changed": [{**who(item.id), "fields": list(item.fields)} for item in delivery.changed],
    }


def delivery_doubts(delivery: Delivery, layer: FeatureTable, choices: Choices) -> list[Problem]:
    """Return what must be looked at: ids that were given anew, big moves not made, and features missing."""
    problems = []
    if delivery.renumbered:
        first = layer.rows_by_id[delivery.renumbered[0]]
        what = (
            f"{len(delivery.renumbered):,} of the last delivery are here under another id, at the same "
            f"place, such as “{layer.name[first]}”, which was “{layer.source_id[first]}”."
        )
        proposal = "If the partner counts its rows anew each time, do not use this column as the id."
        problems.append(Problem(None, Action.DOUBT, "renumbered", what, proposal))
    for move in delivery.moved:
        if choices.accepts(move):
            continue
        row = int(delivery.table.source_row[delivery.matched[layer.rows_by_id[move.id]]])
        what = f"It lies {move.metres:,.0f} m from where it was; it was left where it was."
        problems.append(
            Problem(
                row, Action.DOUBT, "big_move", what, "Give a reason to accept the move, or ask the partner."
            )
        )
    kept = [i for i in delivery.removed if choices.of(i) is Removal.KEEP]
    if kept:
        first = layer.rows_by_id[kept[0]]
        name = layer.name[first] or layer.source_id[first] or "without a name"
        what = f"{len(kept):,} of the last delivery are not in this file, such as “{name}”; they were kept."
        proposal = "Missing is not withdrawn: ask the partner."
        problems.append(Problem(None, Action.DOUBT, "missing", what, proposal))
    return problems
