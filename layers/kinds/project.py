"""Civil and CIMIC projects."""

from layers.kinds.common import (
    ACTIVE_HOURS,
    CONTACT,
    DATA_STATUS,
    ORGANISATION,
    P_CODE,
    REMARKS,
    REVIEW_BY,
    SECTOR,
    words,
)
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.PROJECT,
    title="Project",
    title_plural="Projects",
    help="A civil or CIMIC project: works, repairs, quick-impact projects.",
    geometries=(GeometryType.POINT, GeometryType.LINE, GeometryType.POLYGON),
    categories=(
        Code(
            "infrastructure",
            "Infrastructure",
            words(
                "road, bridge, construction, rehabilitation, roads, electricity, route, pont, "
                "réhabilitation, carretera, puente, rehabilitación, طريق, جسر, تأهيل, дорога, "
                "мост, строительство, ремонт, міст, будівництво"
            ),
            "project",
        ),
        Code(
            "water",
            "Water supply",
            words(
                "water, wash, well, irrigation, sanitation, eau, puits, assainissement, agua, "
                "pozo, saneamiento, مياه, بئر, вода, водоснабжение, водопостачання"
            ),
            "project-water",
        ),
        Code(
            "education",
            "Education",
            words(
                "school, schools, éducation, école, educación, escuela, تعليم, مدرسة, "
                "образование, школа, освіта, училище"
            ),
            "project-education",
        ),
        Code(
            "health",
            "Health",
            words(
                "clinic, health, hospital, santé, salud, صحة, здравоохранение, здоровье, охорона "
                "здоров'я, здраве"
            ),
            "project-health",
        ),
        Code(
            "livelihood",
            "Livelihood",
            words(
                "livelihoods, agriculture, market, food security, moyens de subsistance, medios "
                "de vida, agricultura, سبل العيش, زراعة, сельское хозяйство, сільське "
                "господарство"
            ),
            "project",
        ),
        Code(
            "information",
            "Information",
            words("info, radio, media, information, información, إعلام, информация, інформація"),
            "project",
        ),
        Code(
            "cimic_centre",
            "CIMIC centre",
            (
                "cimic",
                "cimic center",
                "cimic house",
                "centre cimic",
            ),
            "project-cimic",
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
            "project",
        ),
    ),
    fields=(
        ORGANISATION,
        SECTOR,
        FieldSpec(
            "status",
            "Status",
            FieldType.CODE,
            codes=(
                Code("planned", "Planned", ("proposed", "pipeline")),
                Code("ongoing", "Ongoing", ("active", "in progress", "under implementation")),
                Code("completed", "Completed", ("done", "closed", "finished")),
                Code("suspended", "Suspended", ("on hold",)),
            ),
        ),
        P_CODE,
        FieldSpec(
            "actor",
            "Carried out by",
            FieldType.CODE,
            codes=(
                Code("cimic", "CIMIC", ("cimic", "military", "force", "armed forces", "g9", "j9")),
                Code("civil", "Civil actor", ("civil", "civilian", "ngo", "ingo", "un", "government")),
            ),
            synonyms=("actor", "actor_type", "implemented_by", "type_of_actor"),
            help="CIMIC or a civil actor.",
        ),
        ACTIVE_HOURS,
        REVIEW_BY,
        DATA_STATUS,
        CONTACT,
        REMARKS,
    ),
    stroke="#2e7d32",
    fill="#4c9a50",
    symbol="project",
    file_words=words("project, works, qip, cimic, activity, 3w, 4w"),
)
