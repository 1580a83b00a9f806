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
STANDOFF = FieldSpec(
    "standoff_m",
    "Stand-off",
    FieldType.NUMBER,
    "m",
    minimum=0,
    maximum=100_000,
    synonyms=("standoff", "stand_off", "buffer_m", "safety_distance"),
    help="Overrides the stand-off distance of the rule for this feature.",
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
