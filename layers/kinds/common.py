"""Code lists and fields that several kinds share."""

from layers.model import Code, FieldSpec, FieldType


def words(text: str) -> tuple[str, ...]:
    """Return the synonyms in a comma-separated list: what partners write, in several languages."""
    return tuple(word.strip() for word in text.split(","))


ORGANISATION = FieldSpec(
    "organisation",
    "Organisation",
    synonyms=("organization", "operator", "org", "agency", "implementer", "partner", "organisme", "المنظمة"),
)
CONTACT = FieldSpec(
    "contact",
    "Contact",
    synonyms=("focal_point", "poc", "phone", "telephone", "tel", "email", "contact_person", "جهة الاتصال"),
    help="Whom to call about this feature: name and telephone or e-mail.",
)
REMARKS = FieldSpec(
    "remarks",
    "Remarks",
    FieldType.LONG_TEXT,
    synonyms=("remark", "comment", "comments", "notes", "description", "observations", "ملاحظات"),
)
P_CODE = FieldSpec(
    "p_code", "P-code", synonyms=("pcode", "adm3_pcode", "adm2_pcode", "admin_pcode", "place_code")
)
UNCERTAINTY = FieldSpec(
    "uncertainty_m",
    "Uncertainty",
    FieldType.NUMBER,
    "m",
    minimum=0,
    maximum=1_000_000,
    help="Radius within which the true position lies. Every check counts it in.",
    larger_is_safer=True,
)
"""A column that every feature has, described like a field for forms and imports."""
STANDOFF = FieldSpec(
    "standoff_m",
    "Stand-off",
    FieldType.NUMBER,
    "m",
    minimum=0,
    maximum=100_000,
    synonyms=("standoff", "stand_off", "buffer_m", "safety_distance"),
    help="Overrides the stand-off distance of the rule for this feature.",
    larger_is_safer=True,
)
SECTOR = FieldSpec(
    "sector",
    "Sector",
    FieldType.CODE,
    codes=(
        Code("camp_coordination", "Camp coordination", ("cccm",)),
        Code("early_recovery", "Early recovery", ("recovery", "livelihoods")),
        Code("education", "Education", ("education in emergencies",)),
        Code("food_security", "Food security", ("food", "fsl", "food security and livelihoods")),
        Code("health", "Health", ("santé", "salud", "صحة")),
        Code("logistics", "Logistics", ("logs",)),
        Code("nutrition", "Nutrition", ()),
        Code("protection", "Protection", ("gbv", "child protection", "mine action")),
        Code("shelter", "Shelter", ("shelter/nfi", "nfi", "abris")),
        Code("wash", "Water and sanitation", ("water", "sanitation", "eau", "wash cluster")),
    ),
    synonyms=("cluster", "sectors", "secteur", "القطاع"),
)
LOWER = FieldSpec(
    "lower_m",
    "Lower limit",
    FieldType.NUMBER,
    "m",
    minimum=-500,
    maximum=100_000,
    synonyms=("lower", "floor", "lower_limit", "min_alt", "alt_min", "base_m", "plancher"),
    help="Height where it begins; empty = from the ground up.",
)
UPPER = FieldSpec(
    "upper_m",
    "Upper limit",
    FieldType.NUMBER,
    "m",
    minimum=-500,
    maximum=100_000,
    synonyms=("upper", "ceiling", "upper_limit", "max_alt", "alt_max", "top_m", "plafond"),
    help="Height where it ends; empty = unlimited.",
)
HEIGHT_DATUM = FieldSpec(
    "height_datum",
    "Heights are",
    FieldType.CODE,
    codes=(
        Code("agl", "above ground", ("agl", "above ground level", "ground", "sfc", "surface", "height")),
        Code("amsl", "above mean sea level", ("amsl", "msl", "sea level", "altitude")),
        Code("ellipsoid", "above the ellipsoid", ("hae", "wgs84", "wgs 84", "gps height")),
    ),
    synonyms=("datum", "vertical_datum", "altitude_reference", "alt_ref", "vertical_reference"),
    help="What the limits are measured from. Heights with different references cannot be compared.",
)
ACTIVE_HOURS = FieldSpec(
    "active_hours",
    "Active hours",
    FieldType.HOURS,
    synonyms=("hours", "opening_hours", "daily_hours", "curfew", "recurrence", "schedule"),
    help="Local times within the window when it holds, such as Mo-Fr 22:00-06:00; empty = all the time.",
)
REVIEW_BY = FieldSpec(
    "review_by",
    "Review by",
    FieldType.MOMENT,
    synonyms=("review", "review_date", "next_review", "review_due"),
    help="When somebody must look at it again, such as 2026-12-01.",
)
REQUIRED_PARTIES = FieldSpec(
    "required_parties",
    "To be acknowledged by",
    synonyms=("required_parties", "notify", "parties_to_notify", "addressees"),
    help="Who must acknowledge it, separated by semicolons.",
)
ACKNOWLEDGED_BY = FieldSpec(
    "acknowledged_by",
    "Acknowledged by",
    synonyms=("acknowledged", "ack_by", "acknowledgement", "acknowledgements"),
    help="Who has acknowledged it, separated by semicolons.",
)
CONSENT = FieldSpec(
    "consent",
    "Consent to share",
    FieldType.CODE,
    codes=(
        Code("given", "Given", ("yes", "agreed", "consented", "ok")),
        Code("limited", "Limited", ("partial", "restricted", "on request")),
        Code("refused", "Refused", ("no", "denied", "declined")),
    ),
    synonyms=("consent", "consent_given", "sharing", "share", "data_sharing"),
    help="Whether the owner of the data agreed that it is passed on.",
)
DATA_STATUS = FieldSpec(
    "data_status",
    "Data are",
    FieldType.CODE,
    codes=(
        Code("real", "Real", ("real", "live", "operational", "actual")),
        Code("exercise", "Exercise", ("exercise", "ex", "exercice", "ejercicio", "учения", "تمرين")),
        Code("test", "Test", ("test", "dummy", "sample", "training data")),
    ),
    synonyms=("data_status", "exercise_flag", "real_or_exercise"),
    help="Real, or made for an exercise or a test; empty = not stated.",
)
