"""SEAM: one file a kind. A new kind is one file and one line in `KINDS`."""

from layers.kinds import (
    area_of_operations,
    arrangement,
    assessment,
    hazard,
    humanitarian_site,
    liaison,
    military_zone,
    movement,
    no_strike_area,
    project,
    reference,
)
from layers.model import Kind, KindSpec

KINDS: tuple[KindSpec, ...] = (
    humanitarian_site.KIND,
    movement.KIND,
    no_strike_area.KIND,
    military_zone.KIND,
    project.KIND,
    hazard.KIND,
    arrangement.KIND,
    area_of_operations.KIND,
    assessment.KIND,
    liaison.KIND,
    reference.KIND,
)

_BY_KIND = {spec.kind: spec for spec in KINDS}


def spec_of(kind: Kind) -> KindSpec:
    """Return the declaration of a kind."""
    return _BY_KIND[kind]
