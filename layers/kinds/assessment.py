"""Needs assessments and surveys."""

from layers.kinds.common import CONTACT, ORGANISATION, P_CODE, REMARKS, SECTOR, words
from layers.model import Code, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.ASSESSMENT,
    title="Assessment",
    title_plural="Assessments",
    help="What an assessment found at a place: needs, gaps, who asked.",
    geometries=(GeometryType.POINT, GeometryType.POLYGON),
    categories=(
        Code(
            "needs",
            "Needs assessment",
            words(
                "need, needs, mira, rapid assessment, évaluation des besoins, besoins, "
                "necesidades, evaluación de necesidades, تقييم الاحتياجات, оценка потребностей, "
                "оцінка потреб"
            ),
            "assessment",
        ),
        Code(
            "damage",
            "Damage assessment",
            words(
                "damage, dommages, dégâts, daños, أضرار, تقييم الأضرار, оценка ущерба, ущерб, оцінка збитків"
            ),
            "assessment",
        ),
        Code(
            "access",
            "Access assessment",
            (
                "access",
                "accès",
                "acceso",
                "وصول",
                "доступ",
            ),
            "assessment",
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
            "assessment",
        ),
    ),
    fields=(ORGANISATION, SECTOR, P_CODE, CONTACT, REMARKS),
    stroke="#5d4037",
    fill="#8d6e63",
    symbol="assessment",
    file_words=("assessment", "needs", "survey"),
)
