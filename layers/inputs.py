"""What a check looks at, as one digest: tells a checked workspace from one that has changed since."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from layers.model import FeatureTable, RuleSettings, Workspace

_CHECKED_TEXT = ("id", "source_id", "name", "category")


def inputs_digest(workspace: Workspace) -> str:
    """Return a digest of everything that can change what a check finds.

    Features (position, window, uncertainty, names, fields of their kind), the order and names of layers, what
    is set for the rules, the time zone that hours are read in, and what the workspace is for are part of it.
    Visibility, locks, sources, findings and decisions are not.
    Takes about 0.3 s for 100,000 features, the first time: call it off the GUI thread.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{workspace.mode.value}\x1e{workspace.time_zone}\x1e".encode())
    for layer in workspace.layers:
        digest.update(
            f"{layer.kind.value}\x1e{layer.name}\x1e{len(layer.table)}\x1e".encode("utf-8", "surrogatepass")
        )
        digest.update(_table_digest(layer.table))
    for rule in sorted(workspace.rules):
        digest.update(json.dumps([rule, _settings(workspace.rules[rule])]).encode())
    return digest.hexdigest()


_BLOCK = 512
"""Rows that have a digest of their own, so that after an edit only those around it are read again."""
_known: "WeakKeyDictionary[FeatureTable, list[bytes]]" = WeakKeyDictionary()
"""Digests of the blocks of tables, which never change."""


def _table_digest(table: FeatureTable) -> bytes:
    if table not in _known:
        _known[table] = _read_table(table)
    return hashlib.blake2b(b"".join(_known[table]), digest_size=16).digest()


def _read_table(table: FeatureTable) -> list[bytes]:
    """Return the digest of each block; those that an edit left alone are known of the table before it."""
    made_of = table.made_of
    if made_of is not None and made_of[0] in _known:
        blocks = list(_known[made_of[0]])
        for n in np.unique(made_of[1] // _BLOCK).tolist():
            blocks[n] = _read_rows(table, n * _BLOCK)
        return blocks
    return [_read_rows(table, first) for first in range(0, len(table), _BLOCK)]


def _read_rows(table: FeatureTable, first: int) -> bytes:
    rows = slice(first, first + _BLOCK)
    digest = hashlib.blake2b(digest_size=16)
    for shape in shapely.to_wkb(table.geometry[rows], include_srid=False):
        digest.update(b"\x00" if shape is None else len(shape).to_bytes(8, "little") + shape)
    for name in _CHECKED_TEXT:
        digest.update(_text(getattr(table, name)[rows]))
    for name in ("valid_from", "valid_to", "uncertainty_m"):
        digest.update(np.ascontiguousarray(getattr(table, name)[rows]).tobytes())
    for name in sorted(table.fields):
        column = table.fields[name][rows]
        digest.update(name.encode())
        digest.update(_text(column) if column.dtype == object else np.ascontiguousarray(column).tobytes())
    return digest.digest()


def _text(column: Iterable[object]) -> bytes:
    return "\x1f".join(map(str, column)).encode("utf-8", "surrogatepass")


def _settings(settings: RuleSettings) -> Mapping[str, object]:
    confirmed = {name: [c.value, c.by] for name, c in settings.confirmations.items()}
    return {
        "enabled": settings.enabled,
        "parameters": {name: settings.parameters[name] for name in sorted(settings.parameters)},
        "confirmed": {name: confirmed[name] for name in sorted(confirmed)},
    }
