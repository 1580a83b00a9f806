"""People and posts through which the parties talk."""

from layers.kinds.common import CONTACT, ORGANISATION, REMARKS
from layers.model import Code, FieldSpec, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.LIAISON,
    title="Liaison",
    title_plural="Liaison points",
    help="A person or post through which the parties talk: coordination centre, liaison officer.",
    geometries=(GeometryType.POINT,),
    categories=(
        Code("coordination_centre", "Coordination centre", ("cimic centre", "hub", "osocc"), "liaison"),
        Code("officer", "Liaison officer", ("lno", "officer"), "liaison"),
        Code("authority", "Local authority", ("municipality", "governor"), "liaison"),
        Code("other", "Other", ("other",), "liaison"),
    ),
    fields=(
        ORGANISATION,
        FieldSpec("role", "Role", synonyms=("function", "position", "title")),
        CONTACT,
        REMARKS,
    ),
    stroke="#3949ab",
    fill="#7986cb",
    symbol="liaison",
    file_words=("liaison", "contact", "coordination"),
)
