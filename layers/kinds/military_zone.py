"""Areas of military activity; they never leave the machine."""

from layers.kinds.common import CONTACT, REMARKS
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.MILITARY_ZONE,
    title="Military zone",
    title_plural="Military zones",
    help="An area of military activity: operations, firing, training. It never leaves the machine.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code("operation", "Operations area", ("ops", "operation", "operations"), "zone-operation"),
        Code("firing", "Firing area", ("fire", "range", "live fire", "artillery"), "zone-firing"),
        Code("training", "Training area", ("training", "exercise"), "zone-training"),
        Code("restricted", "Restricted area", ("restricted", "closed", "security zone"), "zone-restricted"),
        Code("checkpoint", "Checkpoint", ("checkpoint", "control point"), "zone-checkpoint"),
        Code("installation", "Installation", ("base", "camp", "installation", "fob"), "zone-installation"),
        Code("airspace", "Airspace measure", ("roz", "airspace"), "zone-airspace"),
        Code("other", "Other", ("other",), "zone-operation"),
    ),
    fields=(
        FieldSpec("unit", "Unit", synonyms=("unit_name", "formation", "owner", "callsign")),
        FieldSpec(
            "status",
            "Status",
            FieldType.CODE,
            codes=(
                Code("draft", "Draft", ("planned",)),
                Code("active", "Active", ("in force", "current")),
                Code("suspended", "Suspended", ("on hold",)),
            ),
        ),
        CONTACT,
        REMARKS,
    ),
    stroke="#b26a00",
    fill="#f0a63a",
    hatch="diagonal",
    symbol="zone-operation",
    file_words=("zone", "military", "mil_", "firing", "restricted", "ops_area", "training_area", "roz"),
)
