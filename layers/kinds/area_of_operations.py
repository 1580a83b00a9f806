"""The outline that an operation is responsible for."""

from layers.kinds.common import CONTACT, REMARKS
from layers.model import Code, FieldSpec, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.AREA_OF_OPERATIONS,
    title="Area of operations",
    title_plural="Areas of operations",
    help="The outline that this operation is responsible for; what lies outside is doubted on import.",
    geometries=(GeometryType.POLYGON,),
    categories=(
        Code("area_of_operations", "Area of operations", ("ao", "aoo"), ""),
        Code("area_of_interest", "Area of interest", ("aoi",), ""),
        Code("sector", "Sector", ("sector", "district"), ""),
    ),
    fields=(FieldSpec("authority", "Authority", synonyms=("owner", "command")), CONTACT, REMARKS),
    stroke="#455a64",
    dash="dash",
    file_words=("area_of_operations", "aoo", "ao_", "boundary", "sector"),
)
