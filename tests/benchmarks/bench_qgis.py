"""QGIS beside this engine: its processing algorithms, run by an interpreter that has them.

Part of `bench_engine.py`. The theatre is handed over in one UTM zone, as GeoPackages with their indexes, and
once more in memory layers with spatial indexes. Only the algorithms are timed, their results go to memory
layers. Zones are buffered for the stand-off, as users do.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import shapely
from pyogrio.raw import write as write_layer

from layers.model import Kind

_NAMES = {
    Kind.HUMANITARIAN_SITE: ("sites", "Point"),
    Kind.MILITARY_ZONE: ("zones", "Polygon"),
    Kind.NO_STRIKE_AREA: ("areas", "Polygon"),
    Kind.MOVEMENT: ("routes", "LineString"),
}
_ENVIRONMENT = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "/usr/share/qgis/python/plugins"}
_CHILD = r"""
import json, sys, time
from qgis.core import Qgis, QgsApplication, QgsProcessingFeedback, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
import processing
from processing.core.Processing import Processing
Processing.initialize()
feedback = QgsProcessingFeedback(False)
NAMES = ("sites", "zones", "areas", "routes")
files = {name: QgsVectorLayer(f"{sys.argv[1]}/{name}.gpkg", name, "ogr") for name in NAMES}

def run(algorithm, **options):
    options["OUTPUT"] = "memory:"
    return processing.run(algorithm, options, feedback=feedback)["OUTPUT"]

def standoff():
    near = run("native:buffer", INPUT=layers["zones"], DISTANCE=500, SEGMENTS=8, DISSOLVE=False)
    return run("native:joinattributesbylocation", INPUT=layers["sites"], JOIN=near, PREDICATE=[0], METHOD=0,
        DISCARD_NONMATCHING=True, JOIN_FIELDS=[])

def overlap():
    return run("native:intersection", INPUT=layers["zones"], OVERLAY=layers["areas"])

def crossing():
    return run("native:intersection", INPUT=layers["routes"], OVERLAY=layers["zones"])

def measured():
    for task, measure in (
        (standoff, lambda layer: layer.featureCount()),
        (overlap, lambda layer: sum(f.geometry().area() for f in layer.getFeatures())),
        (crossing, lambda layer: sum(f.geometry().length() for f in layer.getFeatures())),
    ):
        begin = time.perf_counter()
        layer = task()
        yield time.perf_counter() - begin, measure(layer)

layers = files
from_files = list(measured())
layers = {
    name: run("native:extractbyexpression", INPUT=files[name], EXPRESSION="true") for name in NAMES
}
for layer in layers.values():
    layer.dataProvider().createSpatialIndex()
in_memory = list(measured())
print(json.dumps([Qgis.QGIS_VERSION, {"GeoPackage": from_files, "memory layers": in_memory}]))
"""


def _interpreter() -> str | None:
    """Return a Python that can import QGIS; None where there is none."""
    for python in ("/usr/bin/python3", sys.executable):
        try:
            done = subprocess.run(
                [python, "-c", "import qgis.core"], capture_output=True, check=False, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return python
    return None


def measured(flat: dict[Kind, np.ndarray]) -> list[tuple[str, list[float], list[float]]] | None:
    """Return name, seconds and answers of each task; None where it is not installed. `flat` is in UTM 35N."""
    python = _interpreter()
    if python is None:
        return None
    with tempfile.TemporaryDirectory(prefix="qgis-") as folder:
        for kind, (name, geometry_type) in _NAMES.items():
            write_layer(
                str(Path(folder, f"{name}.gpkg")),
                shapely.to_wkb(flat[kind]),
                [np.arange(len(flat[kind]))],
                np.array(["number"], dtype=object),
                geometry_type=geometry_type,
                crs="EPSG:32635",
                driver="GPKG",
            )
        done = subprocess.run(
            [python, "-c", _CHILD, folder],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **_ENVIRONMENT},
        )
    if done.returncode:
        raise RuntimeError(f"QGIS failed: {done.stderr[-500:]}")
    version, results = json.loads(done.stdout.splitlines()[-1])
    return [
        (
            f"QGIS {version.partition('-')[0]} (UTM 35N), {source}",
            *(list(v) for v in zip(*found, strict=True)),
        )
        for source, found in results.items()
    ]
