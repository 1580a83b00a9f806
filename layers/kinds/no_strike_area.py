"""Areas that must not be engaged, drawn around protected objects."""

from layers.kinds.common import (
    ACKNOWLEDGED_BY,
    CONTACT,
    DATA_STATUS,
    REMARKS,
    REQUIRED_PARTIES,
    REVIEW_BY,
)
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.NO_STRIKE_AREA,
    title="No-strike area",
    title_plural="No-strike areas",
    help="An area around protected objects in which nothing may be engaged.",
    geometries=(GeometryType.POLYGON,),
    categories=(
        Code("no_fire_area", "No-fire area", ("nfa", "no fire area"), ""),
        Code("restrictive_fire_area", "Restrictive fire area", ("rfa",), ""),
        Code("protected_site", "Protected site area", ("protected", "nsl", "no strike"), ""),
        Code("other", "Other", ("other",), ""),
    ),
    fields=(
        FieldSpec(
            "site_id",
            "Protects site",
            synonyms=("site", "protects", "facility_id"),
            help="The id of the site it protects.",
        ),
        FieldSpec("authority", "Issued by", synonyms=("issuer", "issued_by", "owner")),
        FieldSpec(
            "margin_m",
            "Margin",
            FieldType.NUMBER,
            "m",
            minimum=0,
            maximum=100_000,
            synonyms=("margin", "radius_m"),
            larger_is_safer=True,
        ),
        REQUIRED_PARTIES,
        ACKNOWLEDGED_BY,
        REVIEW_BY,
        DATA_STATUS,
        CONTACT,
        REMARKS,
    ),
    stroke="#7b1fa2",
    hatch="cross",
    symbol="no-strike",
    file_words=("no_strike", "nostrike", "no strike", "nsa", "nsl", "nfa", "protected_area"),
)
