"""Humanitarian movements: convoys, missions, relief flights."""

from layers.kinds.common import CONTACT, ORGANISATION, REMARKS
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.MOVEMENT,
    title="Movement",
    title_plural="Movements",
    help="A notified humanitarian movement: its route or stops, and when it is under way.",
    geometries=(GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code("convoy", "Convoy", ("convoi", "قافلة", "truck", "trucks"), "convoy"),
        Code("mission", "Assessment mission", ("mission", "assessment"), "mission"),
        Code("medical_evacuation", "Medical evacuation", ("medevac", "casevac"), "ambulance"),
        Code("staff_movement", "Staff movement", ("staff", "rotation"), "vehicle"),
        Code("relief_flight", "Relief flight", ("flight", "unhas", "helicopter"), "flight"),
        Code("other", "Other", ("other",), "vehicle"),
    ),
    fields=(
        ORGANISATION,
        CONTACT,
        FieldSpec(
            "status",
            "Status",
            FieldType.CODE,
            codes=(
                Code("planned", "Planned", ("draft",)),
                Code("notified", "Notified", ("submitted",)),
                Code("acknowledged", "Acknowledged", ("approved", "cleared", "confirmed")),
                Code("under_way", "Under way", ("ongoing", "in progress")),
                Code("completed", "Completed", ("done", "arrived")),
                Code("cancelled", "Cancelled", ("canceled",)),
            ),
        ),
        FieldSpec("vehicles", "Vehicles", FieldType.INTEGER, minimum=0, synonyms=("vehicle_count", "trucks")),
        FieldSpec("people", "People", FieldType.INTEGER, minimum=0, synonyms=("passengers", "pax", "staff")),
        REMARKS,
    ),
    stroke="#00796b",
    symbol="vehicle",
    file_words=("convoy", "movement", "route", "mission", "convoi", "قافلة"),
)
