"""Humanitarian movements: convoys, missions, relief flights."""

from layers.kinds.common import CONTACT, ORGANISATION, REMARKS, words
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
        REMARKS,
    ),
    stroke="#00796b",
    symbol="vehicle",
    file_words=("convoy", "movement", "route", "mission", "convoi", "قافلة"),
)
