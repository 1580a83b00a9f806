"""Areas of military activity; they never leave the machine."""

from layers.kinds.common import (
    ACTIVE_HOURS,
    CONTACT,
    DATA_STATUS,
    HEIGHT_DATUM,
    LOWER,
    REMARKS,
    REVIEW_BY,
    UPPER,
    words,
)
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.MILITARY_ZONE,
    title="Military zone",
    title_plural="Military zones",
    help="An area of military activity: operations, firing, training. It never leaves the machine.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code(
            "operation",
            "Operations area",
            words(
                "ops, operation, operations, area of operation, opération, zone d'opérations, "
                "operación, عمليات, операция, операція"
            ),
            "zone-operation",
        ),
        Code(
            "firing",
            "Firing area",
            words(
                "fire, range, live fire, artillery, firing range, impact area, tir, champ de tir, "
                "zone de tir, tiro, campo de tiro, رماية, ميدان رماية, стрельбище, полигон, "
                "стрільбище, полігон"
            ),
            "zone-firing",
        ),
        Code(
            "training",
            "Training area",
            words(
                "training, exercise, manoeuvre, entraînement, exercice, entrenamiento, ejercicio, "
                "تدريب, учения, навчання"
            ),
            "zone-training",
        ),
        Code(
            "restricted",
            "Restricted area",
            words(
                "restricted, closed, security zone, closed area, prohibited, no go, zone "
                "interdite, zone restreinte, zona restringida, zona prohibida, منطقة محظورة, "
                "запретная зона, закрытая зона, заборонена зона"
            ),
            "zone-restricted",
        ),
        Code(
            "checkpoint",
            "Checkpoint",
            words(
                "checkpoint, control point, check point, vcp, poste de contrôle, barrage, puesto "
                "de control, retén, نقطة تفتيش, حاجز, блокпост, кпп, контрольный пункт, "
                "контрольно-пропускний пункт"
            ),
            "zone-checkpoint",
        ),
        Code(
            "installation",
            "Installation",
            words("base, camp, installation, fob, barracks, caserne, cuartel, قاعدة, ثكنة, база, казарма"),
            "zone-installation",
        ),
        Code(
            "airspace",
            "Airspace measure",
            words(
                "roz, airspace, no fly zone, restricted operating zone, espace aérien, espacio "
                "aéreo, مجال جوي, воздушное пространство, повітряний простір"
            ),
            "zone-airspace",
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
            "zone-operation",
        ),
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
        LOWER,
        UPPER,
        HEIGHT_DATUM,
        ACTIVE_HOURS,
        REVIEW_BY,
        DATA_STATUS,
        CONTACT,
        REMARKS,
    ),
    stroke="#b26a00",
    fill="#f0a63a",
    hatch="diagonal",
    symbol="zone-operation",
    file_words=words("zone, military, mil_, firing, restricted, ops_area, training_area, roz"),
)
