"""Civil and CIMIC projects."""

from layers.kinds.common import CONTACT, ORGANISATION, P_CODE, REMARKS, SECTOR
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
            ("road", "bridge", "construction", "rehabilitation"),
            "project",
        ),
        Code("water", "Water supply", ("water", "wash", "well"), "project-water"),
        Code("education", "Education", ("school",), "project-education"),
        Code("health", "Health", ("clinic", "health"), "project-health"),
        Code("livelihood", "Livelihood", ("livelihoods", "agriculture", "market"), "project"),
        Code("information", "Information", ("info", "radio"), "project"),
        Code("cimic_centre", "CIMIC centre", ("cimic", "cimic center"), "project-cimic"),
        Code("other", "Other", ("other",), "project"),
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
        CONTACT,
        REMARKS,
    ),
    stroke="#2e7d32",
    fill="#4c9a50",
    symbol="project",
    file_words=("project", "works", "qip", "cimic", "activity", "3w", "4w"),
)
