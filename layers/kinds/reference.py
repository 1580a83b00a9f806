"""What others are told by: roads, districts, populated places, infrastructure."""

from layers.kinds.common import P_CODE, REMARKS
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.REFERENCE,
    title="Reference",
    title_plural="Reference",
    help="What others are told by: roads and whether they are open, districts, populated places, "
    "infrastructure that people depend on.",
    geometries=(GeometryType.POINT, GeometryType.LINE, GeometryType.POLYGON),
    categories=(
        Code("road", "Road", ("street", "track", "route"), ""),
        Code("boundary", "Boundary", ("district", "block", "admin"), ""),
        Code("place", "Populated place", ("town", "village", "city", "settlement", "built-up area"), ""),
        Code(
            "infrastructure",
            "Critical infrastructure",
            (
                "dam",
                "power station",
                "power plant",
                "substation",
                "water works",
                "bridge",
                "pipeline",
                "mast",
            ),
            "",
        ),
        Code("other", "Other", ("other",), ""),
    ),
    fields=(
        FieldSpec(
            "status",
            "Status",
            FieldType.CODE,
            codes=(
                Code("open", "Open", ("open", "passable", "green", "ouvert", "abierto", "مفتوح", "открыта")),
                Code("restricted", "Restricted", ("restricted", "limited", "yellow", "amber", "difficult")),
                Code(
                    "closed", "Closed", ("closed", "blocked", "impassable", "red", "fermé", "مغلق", "закрыта")
                ),
            ),
            synonyms=("road_status", "access", "accessibility", "passability"),
            help="Of a road: whether it can be used.",
        ),
        P_CODE,
        REMARKS,
    ),
    stroke="#78797c",
    symbol="reference",
    file_words=("road", "street", "block", "district", "admin", "river", "reference"),
)
