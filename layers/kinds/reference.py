"""Anything drawn for orientation only: roads, districts, blocks. Never part of a check."""

from layers.kinds.common import REMARKS
from layers.model import Code, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.REFERENCE,
    title="Reference",
    title_plural="Reference",
    help="For orientation only: roads, districts, blocks. Not part of any check.",
    geometries=(GeometryType.POINT, GeometryType.LINE, GeometryType.POLYGON),
    categories=(
        Code("road", "Road", ("street", "track", "route"), ""),
        Code("boundary", "Boundary", ("district", "block", "admin"), ""),
        Code("place", "Place", ("town", "village"), ""),
        Code("other", "Other", ("other",), ""),
    ),
    fields=(REMARKS,),
    stroke="#78797c",
    symbol="reference",
    file_words=("road", "street", "block", "district", "admin", "river", "reference"),
)
