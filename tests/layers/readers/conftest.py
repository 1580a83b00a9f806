"""Partner files made in code."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from layers.encoding import check

WGS84 = "EPSG:4326"


def _objects(values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@pytest.fixture
def write_shapefile(tmp_path: Path) -> Callable[..., Path]:
    """Write a shapefile with GDAL, its text in any encoding and without a .cpg unless asked."""

    def write(geometries, columns=None, *, name="sites", crs=WGS84, encoding="utf-8", cpg=False) -> Path:
        path = tmp_path / f"{name}.shp"
        columns = columns or {"ID": [f"s{i}" for i in range(len(geometries))]}
        # latin-1 in, latin-1 out: the bytes of any encoding pass through GDAL unchanged
        raw = {
            n: _objects(
                [v.encode(check(encoding)).decode("latin-1") if isinstance(v, str) else v for v in values]
            )
            for n, values in columns.items()
        }
        present = [g for g in geometries if g is not None]
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(_objects(geometries)),
            field_data=[np.asarray(v.tolist()) if not isinstance(v[0], str) else v for v in raw.values()],
            fields=list(raw),
            geometry_type=shapely.get_parts(present[0])[0].geom_type,
            crs=crs,
            encoding="ISO-8859-1",
            driver="ESRI Shapefile",
        )
        if not cpg:
            path.with_suffix(".cpg").unlink(missing_ok=True)
        return path

    return write


@pytest.fixture
def write_gdal(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of any format with GDAL."""

    def write(name, driver, geometries, columns=None, *, crs=WGS84, shape=None, **options) -> Path:
        columns = {"NAME": [f"s{i}" for i in range(len(geometries))]} if columns is None else columns
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no coordinate system, odd names: what the tests are about
            pyogrio.raw.write(
                tmp_path / name,
                geometry=shapely.to_wkb(_objects(geometries)),
                field_data=[
                    _objects(v) if isinstance(v[0], str) else np.asarray(v) for v in columns.values()
                ],
                fields=list(columns),
                geometry_type=shape or geometries[0].geom_type,
                crs=crs,
                driver=driver,
                **options,
            )
        return tmp_path / name

    return write
