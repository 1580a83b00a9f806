"""Dangers on the ground: mines, unexploded ordnance, floods, contamination."""

from layers.kinds.common import CONTACT, REMARKS
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.HAZARD,
    title="Hazard",
    title_plural="Hazards",
    help="A danger on the ground: mines, unexploded ordnance, floods, contamination.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code("mines", "Mines", ("minefield", "landmine", "mine", "ألغام", "мины"), "hazard-mines"),
        Code("uxo", "Unexploded ordnance", ("erw", "unexploded", "cluster munition"), "hazard-uxo"),
        Code("ied", "Improvised device", ("ied",), "hazard-uxo"),
        Code("flood", "Flood", ("flooding", "inondation"), "hazard-flood"),
        Code("landslide", "Landslide", ("landslide", "rockfall"), "hazard"),
        Code("contamination", "Contamination", ("chemical", "industrial"), "hazard-contamination"),
        Code(
            "road_damage",
            "Damaged road or bridge",
            ("bridge destroyed", "road block", "impassable"),
            "hazard-road",
        ),
        Code("other", "Other", ("other",), "hazard"),
    ),
    fields=(
        FieldSpec("reported_by", "Reported by", synonyms=("reporter", "source", "organisation")),
        FieldSpec(
            "confidence",
            "Confidence",
            FieldType.CODE,
            codes=(
                Code("confirmed", "Confirmed", ("yes", "cha", "high")),
                Code("suspected", "Suspected", ("sha", "medium")),
                Code("rumour", "Rumour", ("low",)),
            ),
        ),
        CONTACT,
        REMARKS,
    ),
    stroke="#c62828",
    fill="#e57373",
    hatch="dots",
    dash="dot",
    symbol="hazard",
    file_words=("hazard", "mine", "uxo", "erw", "flood", "danger", "ألغام"),
)
