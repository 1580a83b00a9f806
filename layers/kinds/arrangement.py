"""Protective arrangements between parties: corridors, pauses, protected zones."""

from layers.kinds.common import (
    ACKNOWLEDGED_BY,
    ACTIVE_HOURS,
    CONTACT,
    DATA_STATUS,
    REMARKS,
    REQUIRED_PARTIES,
    REVIEW_BY,
    words,
)
from layers.model import Code, FieldSpec, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.ARRANGEMENT,
    title="Arrangement",
    title_plural="Arrangements",
    help="What the parties agreed on: a humanitarian corridor, a pause, a protected zone.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE),
    categories=(
        Code(
            "corridor",
            "Humanitarian corridor",
            words(
                "corridor, safe passage, evacuation route, corridor humanitaire, corredor "
                "humanitario, ممر إنساني, гуманитарный коридор, гуманітарний коридор"
            ),
            "arrangement",
        ),
        Code(
            "pause",
            "Humanitarian pause",
            words(
                "pause, ceasefire, window of silence, truce, cessez-le-feu, trêve, pause "
                "humanitaire, alto el fuego, tregua, pausa humanitaria, هدنة, وقف إطلاق النار, "
                "перемирие, прекращение огня, режим тишины, режим тиші, припинення вогню"
            ),
            "arrangement",
        ),
        Code(
            "protected_zone",
            "Protected zone",
            words(
                "hospital zone, neutralised zone, safe zone, zone protégée, zone neutralisée, "
                "zona protegida, منطقة محمية, защищённая зона, безпечна зона"
            ),
            "arrangement",
        ),
        Code(
            "other",
            "Other",
            (
                "other",
                "autre",
                "otro",
                "أخرى",
                "другое",
                "інше",
            ),
            "arrangement",
        ),
    ),
    fields=(
        FieldSpec("parties", "Parties", synonyms=("party", "agreed_by")),
        FieldSpec("reference_text", "Reference", synonyms=("reference", "document", "agreement")),
        ACTIVE_HOURS,
        REQUIRED_PARTIES,
        ACKNOWLEDGED_BY,
        REVIEW_BY,
        DATA_STATUS,
        CONTACT,
        REMARKS,
    ),
    stroke="#00838f",
    fill="#4db6c1",
    dash="dash",
    symbol="arrangement",
    file_words=("corridor", "pause", "arrangement", "ceasefire"),
)
