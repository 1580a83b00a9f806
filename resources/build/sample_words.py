"""Words of the exercise samples: real town positions, everything else invented."""

from random import Random

TOWNS = (
    # name, longitude, latitude, clusters of sites
    ("Стара Загора", 25.6426, 42.4321, 5),
    ("Пловдив", 24.7500, 42.1539, 5),
    ("Сливен", 26.3256, 42.6861, 3),
    ("Казанлък", 25.4000, 42.6167, 3),
    ("Габрово", 25.3182, 42.8742, 3),
    ("Нова Загора", 26.0167, 42.4833, 2),
    ("Чирпан", 25.3333, 42.2000, 2),
    ("Карлово", 24.8000, 42.6333, 2),
    ("Димитровград", 25.6000, 42.0500, 2),
    ("Първомай", 25.2167, 42.1000, 1),
    ("Раковски", 24.9678, 42.2882, 1),
    ("Севлиево", 25.1036, 43.0230, 1),
    ("Ямбол", 26.5001, 42.4824, 2),
)

ROADS = (
    ("Пловдив", "Раковски"),
    ("Раковски", "Чирпан"),
    ("Чирпан", "Стара Загора"),
    ("Стара Загора", "Нова Загора"),
    ("Нова Загора", "Сливен"),
    ("Нова Загора", "Ямбол"),
    ("Сливен", "Ямбол"),
    ("Стара Загора", "Казанлък"),
    ("Казанлък", "Габрово"),
    ("Габрово", "Севлиево"),
    ("Карлово", "Казанлък"),
    ("Пловдив", "Карлово"),
    ("Пловдив", "Първомай"),
    ("Първомай", "Димитровград"),
    ("Димитровград", "Стара Загора"),
)

_FIRST = ("Горно", "Долно", "Ново", "Старо", "Малко", "Голямо", "Бяло", "Тихо")
_SECOND = ("Учебно", "Примерово", "Дъбраве", "Липаре", "Извораче", "Ливадаре", "Върбаре", "Камъче")
_GIVEN = (
    "Надежда", "Здраве", "Милосърдие", "Слънце", "Извор", "Роза", "Просвета", "Зора", "Пролет", "Будител",
    "Детелина", "Мост", "Светлина", "Доверие", "Дружба", "Единство",
)  # fmt: skip

TYPES = {
    "hospital": "Болница",
    "health_facility": "Здравен център",
    "school": "Училище",
    "camp": "Лагер",
    "community": "Читалище",
    "cultural": "Музей",
    "worship": "Храм",
    "warehouse": "Склад",
    "distribution_point": "Раздавателен пункт",
    "water_point": "Водоизточник",
    "office": "Офис",
    "residence": "Общежитие",
    "market": "Пазар",
    "assembly_point": "Сборен пункт",
}
"""What the partner writes, in Bulgarian, for each category."""

ORGANISATIONS = (
    "Exercise Relief",
    "Exercise Health Aid",
    "Exercise Water Partners",
    "Учебна помощ",
    "Фондация „Учебен мост“",
    "إغاثة التمرين",
)
ARABIC_NOTES = ("تمرين فقط", "نقطة توزيع للتمرين", "مستودع التمرين رقم ٣", "مكتب إغاثة التمرين")
CALL_SIGNS = (
    "АМБЪР", "БУКОВИНА", "ВИХЪР", "ГРАНИТ", "ДЪБРАВА", "ЕЛБРУС", "ЖЕРАВ", "ЗЕНИТ", "ИСКЪР-УЧ", "КОМЕТА",
)  # fmt: skip
RANKS = ("Капитан", "Майор", "Лейтенант", "Старшина")
SECRETS = (
    "EXERCISE SECRET: rehearsal with blank rounds, main effort from the north",
    "EXERCISE SECRET: supply point in the old cooperative farm",
    "EXERCISE SECRET: relief in place on the third night",
    "УЧЕНИЕ, ПОВЕРИТЕЛНО: резервен команден пункт в гората",
    "EXERCISE SECRET: engineers prepare a crossing site",
)


def phone(number: int) -> str:
    """Return a telephone number that cannot exist: country code 000, exchange 555."""
    return f"+000 555 {number:04d}"


def village(number: int) -> str:
    """Return the name of an invented village, another for each of 64 numbers."""
    return f"с. {_FIRST[number % 8]} {_SECOND[(number // 8 + number) % 8]}"


def site_name(category: str, place: str, number: int, random: Random) -> str:
    """Return a site's name, e.g. Болница „Надежда“ 12, Казанлък."""
    return f"{TYPES[category]} „{random.choice(_GIVEN)}“ {number}, {place}"
