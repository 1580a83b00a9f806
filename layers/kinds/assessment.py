"""Needs assessments and surveys."""

from layers.kinds.common import CONTACT, ORGANISATION, P_CODE, REMARKS, SECTOR
from layers.model import Code, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.ASSESSMENT,
    title="Assessment",
    title_plural="Assessments",
    help="What an assessment found at a place: needs, gaps, who asked.",
    geometries=(GeometryType.POINT, GeometryType.POLYGON),
    categories=(
        Code("needs", "Needs assessment", ("need", "needs", "mira"), "assessment"),
        Code("damage", "Damage assessment", ("damage",), "assessment"),
        Code("access", "Access assessment", ("access",), "assessment"),
        Code("other", "Other", ("other",), "assessment"),
    ),
    fields=(ORGANISATION, SECTOR, P_CODE, CONTACT, REMARKS),
    stroke="#5d4037",
    fill="#8d6e63",
    symbol="assessment",
    file_words=("assessment", "needs", "survey"),
)
