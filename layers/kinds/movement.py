"""Humanitarian movements: convoys, missions, relief flights."""

from layers.kinds.common import (
    ACKNOWLEDGED_BY,
    ACTIVE_HOURS,
    CONSENT,
    CONTACT,
    DATA_STATUS,
    HEIGHT_DATUM,
    LOWER,
    ORGANISATION,
    REMARKS,
    REQUIRED_PARTIES,
    UPPER,
    words,
)
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.MOVEMENT,
    title="Movement",
    title_plural="Movements",
    help="A notified humanitarian movement: its route or stops, and when it is under way.",
    geometries=(GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code(
            "convoy",
            "Convoy",
            words(
                "convoi, قافلة, truck, trucks, convoys, aid convoy, camions, convoy humanitario, "
                "camiones, شاحنات, колонна, конвой, гуманитарный конвой, гуманітарний конвой"
            ),
            "convoy",
        ),
        Code(
            "mission",
            "Assessment mission",
            words(
                "mission, assessment, field mission, visit, évaluation, visite, misión, "
                "evaluación, visita, مهمة, زيارة, миссия, оценка, місія"
            ),
            "mission",
        ),
        Code(
            "medical_evacuation",
            "Medical evacuation",
            words(
                "medevac, casevac, evacuation, ambulance, évacuation médicale, évacuation "
                "sanitaire, evasan, evacuación médica, ambulancia, إخلاء طبي, إسعاف, медицинская "
                "эвакуация, скорая помощь, медична евакуація"
            ),
            "ambulance",
        ),
        Code(
            "staff_movement",
            "Staff movement",
            words(
                "staff, rotation, staff rotation, personnel, mouvement du personnel, personal, "
                "rotación, تنقل موظفين, ротация персонала, ротація"
            ),
            "vehicle",
        ),
        Code(
            "relief_flight",
            "Relief flight",
            words(
                "flight, unhas, helicopter, airlift, air drop, vol, hélicoptère, vuelo, "
                "helicóptero, رحلة جوية, рейс, вертолёт, авиарейс, гелікоптер"
            ),
            "flight",
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
            "vehicle",
        ),
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
        FieldSpec(
            "notified_at",
            "Notified at",
            FieldType.MOMENT,
            synonyms=("notified", "notification_date", "notification_time", "submitted_at", "date_notified"),
            help="When the movement was notified, such as 2026-12-01 08:00.",
        ),
        FieldSpec(
            "urgency",
            "Urgency",
            FieldType.CODE,
            codes=(
                Code("routine", "Routine", ("routine", "normal", "regular")),
                Code("emergency", "Emergency", ("emergency", "urgent", "life-saving", "urgence")),
            ),
            synonyms=("priority", "urgency"),
        ),
        FieldSpec(
            "speed_min_kmh",
            "Slowest speed",
            FieldType.NUMBER,
            "km/h",
            minimum=0,
            maximum=2_000,
            synonyms=("min_speed", "speed_min"),
            help="With the fastest speed, says when it may be where on its route, which is drawn in the "
            "direction of travel.",
        ),
        FieldSpec(
            "speed_max_kmh",
            "Fastest speed",
            FieldType.NUMBER,
            "km/h",
            minimum=0,
            maximum=2_000,
            synonyms=("max_speed", "speed_max", "speed", "speed_kmh"),
        ),
        LOWER,
        UPPER,
        HEIGHT_DATUM,
        ACTIVE_HOURS,
        REQUIRED_PARTIES,
        ACKNOWLEDGED_BY,
        CONSENT,
        DATA_STATUS,
        REMARKS,
    ),
    stroke="#00796b",
    symbol="vehicle",
    file_words=("convoy", "movement", "route", "mission", "convoi", "قافلة"),
)
