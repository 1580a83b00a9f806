"""Opening a written product as its recipient would; shared by the formats."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.released import ReadableLayer, vertices_of

_DRIVERS = ("GPKG", "GeoJSON")


def layers_of(names: Sequence[str], fields: Iterable[Sequence[str]]) -> tuple[ReadableLayer, ...]:
    """Gather features, given by the name of their layer and their fields, into the layers they form."""
    counts: dict[str, int] = {}
    known: dict[str, dict[str, None]] = {}
    for name, found in zip(names, fields, strict=True):
        counts[name] = counts.get(name, 0) + 1
        known.setdefault(name, {}).update(dict.fromkeys(found))
    return tuple(ReadableLayer(name, counts[name], tuple(known[name])) for name in counts)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts_in(item)
    elif isinstance(value, list):
        # Coordinates: numbers are compared as numbers, so long lists of them are passed over.
        if value and isinstance(value[0], (int, float)):
            return
        for item in value:
            yield from texts_in(item)


def read_with_fiona(path: Path) -> tuple[tuple[ReadableLayer, ...], NDArray[np.float64]]:
    """Return the layers and all vertices that GDAL finds in a GeoPackage or GeoJSON file."""
    os.environ.setdefault("OGR_SKIP", "OGR_VRT,WFS,OAPIF,CSW,Carto,Elasticsearch,AmigoCloud,PLSCENES,NGW")
    import fiona

    layers = []
    geometries = []
    for name in fiona.listlayers(path):
        with fiona.open(path, layer=name, enabled_drivers=_DRIVERS) as source:
            fields = tuple(source.schema["properties"])
            count = 0
            for feature in source:
                count += 1
                if feature.geometry is not None:
                    geometries.append(shapely.geometry.shape(feature.geometry))
            layers.append(ReadableLayer(name, count, fields))
    return tuple(layers), vertices_of(geometries)
