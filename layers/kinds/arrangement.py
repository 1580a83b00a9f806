"""Protective arrangements between parties: corridors, pauses, protected zones."""

from layers.kinds.common import CONTACT, REMARKS
from layers.model import Code, FieldSpec, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.ARRANGEMENT,
    title="Arrangement",
    title_plural="Arrangements",
    help="What the parties agreed on: a humanitarian corridor, a pause, a protected zone.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE),
    categories=(
        Code("corridor", "Humanitarian corridor", ("corridor", "safe passage"), "arrangement"),
        Code("pause", "Humanitarian pause", ("pause", "ceasefire", "window of silence"), "arrangement"),
        Code(
            "protected_zone",
            "Protected zone",
            ("hospital zone", "neutralised zone", "safe zone"),
            "arrangement",
        ),
        Code("other", "Other", ("other",), "arrangement"),
    ),
    fields=(
        FieldSpec("parties", "Parties", synonyms=("party", "agreed_by")),
        FieldSpec("reference_text", "Reference", synonyms=("reference", "document", "agreement")),
        CONTACT,
        REMARKS,
    ),
    stroke="#00838f",
    fill="#4db6c1",
    dash="dash",
    symbol="arrangement",
    file_words=("corridor", "pause", "arrangement", "ceasefire"),
)
