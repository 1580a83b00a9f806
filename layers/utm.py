"""Transverse Mercator in UTM zones, to a tenth of a millimetre, in plain Python.

The `mgrs` library converts UTM only to whole metres, and moves a coordinate into another zone when its own
is not the standard one; `pyproj` belongs to `layers.geo` and `layers.crs` alone. Hence these two series.

Source: C. F. F. Karney, Transverse Mercator with an accuracy of a few nanometers, J. Geodesy 85 (2011), the
series of Krüger (1912) to the sixth order in the third flattening n, for WGS 84.
"""

import math

_A_M = 6378137.0
_F = 1 / 298.257223563
_E = math.sqrt(_F * (2 - _F))
_N = _F / (2 - _F)
_SCALE = 0.9996
_FALSE_EASTING_M = 500_000.0
_FALSE_NORTHING_M = 10_000_000.0
_RADIUS_M = _A_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180 - 127 * _N**5 / 288 + 7891 * _N**6 / 37800,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440 + 281 * _N**5 / 630 - 1983433 * _N**6 / 1935360,
    61 * _N**3 / 240 - 103 * _N**4 / 140 + 15061 * _N**5 / 26880 + 167603 * _N**6 / 181440,
    49561 * _N**4 / 161280 - 179 * _N**5 / 168 + 6601661 * _N**6 / 7257600,
    34729 * _N**5 / 80640 - 3418889 * _N**6 / 1995840,
    212378941 * _N**6 / 319334400,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360 - 81 * _N**5 / 512 + 96199 * _N**6 / 604800,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440 + 46 * _N**5 / 105 - 1118711 * _N**6 / 3870720,
    17 * _N**3 / 480 - 37 * _N**4 / 840 - 209 * _N**5 / 4480 + 5569 * _N**6 / 90720,
    4397 * _N**4 / 161280 - 11 * _N**5 / 504 - 830251 * _N**6 / 7257600,
    4583 * _N**5 / 161280 - 108847 * _N**6 / 3991680,
    20648693 * _N**6 / 638668800,
)


CENTRE_M = 0.001
"""How far the centre of an MGRS square may be from where the `mgrs` library says it is."""


def square_radius_m(size_m: float, scale: float = _SCALE) -> float:
    """Return the radius in metres, on the ground, of the disc that holds a grid square around its centre.

    `scale` is that of the grid: UTM, or another one near the poles.
    """
    half_m = size_m / 2 / scale
    return math.hypot(half_m, half_m) + CENTRE_M


def central_meridian(zone: int) -> float:
    """Return the longitude in degrees of the middle of a UTM zone (1 to 60)."""
    return zone * 6.0 - 183.0


def from_lonlat(lon: float, lat: float, zone: int) -> tuple[float, float]:
    """Project a WGS 84 position in degrees to easting and northing in metres.

    Northings are counted from the equator and negative south of it; `false_northing` makes them the usual.
    """
    phi, lam = math.radians(lat), math.radians(math.remainder(lon - central_meridian(zone), 360))
    tau = math.sinh(math.atanh(math.sin(phi)) - _E * math.atanh(_E * math.sin(phi)))
    xi0 = math.atan2(tau, math.cos(lam))
    eta0 = math.asinh(math.sin(lam) / math.hypot(tau, math.cos(lam)))
    xi, eta = xi0, eta0
    for j, alpha in enumerate(_ALPHA, 1):
        xi += alpha * math.sin(2 * j * xi0) * math.cosh(2 * j * eta0)
        eta += alpha * math.cos(2 * j * xi0) * math.sinh(2 * j * eta0)
    return _FALSE_EASTING_M + _SCALE * _RADIUS_M * eta, _SCALE * _RADIUS_M * xi


def to_lonlat(easting_m: float, northing_m: float, zone: int) -> tuple[float, float]:
    """Return the WGS 84 longitude and latitude in degrees of what `from_lonlat` gives."""
    xi0 = northing_m / (_SCALE * _RADIUS_M)
    eta0 = (easting_m - _FALSE_EASTING_M) / (_SCALE * _RADIUS_M)
    xi, eta = xi0, eta0
    for j, beta in enumerate(_BETA, 1):
        xi -= beta * math.sin(2 * j * xi0) * math.cosh(2 * j * eta0)
        eta -= beta * math.cos(2 * j * xi0) * math.sinh(2 * j * eta0)
    lam = math.atan2(math.sinh(eta), math.cos(xi))
    target = math.sin(xi) / math.hypot(math.sinh(eta), math.cos(xi))
    lon = math.remainder(central_meridian(zone) + math.degrees(lam), 360)
    return lon, math.degrees(math.atan(_geodetic_tangent(target)))


def _geodetic_tangent(conformal: float) -> float:
    """Return the tangent of the latitude whose conformal latitude has the tangent `conformal` (Newton)."""
    tau = conformal
    for _ in range(5):
        root = math.hypot(1, tau)
        sigma = math.sinh(_E * math.atanh(_E * tau / root))
        value = tau * math.hypot(1, sigma) - sigma * root
        slope = (1 - _E**2) * root * math.hypot(1, value) / (1 + (1 - _E**2) * tau**2)
        tau += (conformal - value) / slope
    return tau


def false_northing(northing_m: float, *, south: bool) -> float:
    """Return the northing as it is written: southern ones are counted from 10,000 km."""
    return northing_m + _FALSE_NORTHING_M if south else northing_m


def true_northing(northing_m: float, *, south: bool) -> float:
    """Undo `false_northing`."""
    return northing_m - _FALSE_NORTHING_M if south else northing_m
