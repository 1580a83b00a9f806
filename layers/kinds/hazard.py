"""Dangers on the ground: mines, unexploded ordnance, floods, contamination."""

from layers.kinds.common import CONTACT, DATA_STATUS, REMARKS, REVIEW_BY, words
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.HAZARD,
    title="Hazard",
    title_plural="Hazards",
    help="A danger on the ground: mines, unexploded ordnance, floods, contamination.",
    geometries=(GeometryType.POLYGON, GeometryType.LINE, GeometryType.POINT),
    categories=(
        Code(
            "mines",
            "Mines",
            words(
                "minefield, landmine, mine, ألغام, мины, landmines, mined area, champ de mines, "
                "mine terrestre, campo minado, mina, حقل ألغام, минное поле, мінне поле, міни, "
                "мини"
            ),
            "hazard-mines",
        ),
        Code(
            "uxo",
            "Unexploded ordnance",
            words(
                "erw, unexploded, cluster munition, uxo, submunition, explosive ordnance, restes "
                "explosifs de guerre, munition non explosée, munición sin explotar, ذخائر غير "
                "منفجرة, مخلفات حربية, неразорвавшийся боеприпас, взрывоопасный предмет, внп, "
                "нерозірваний боєприпас, вибухонебезпечний предмет"
            ),
            "hazard-uxo",
        ),
        Code(
            "ied",
            "Improvised device",
            words(
                "ied, improvised explosive device, vbied, engin explosif improvisé, eei, "
                "artefacto explosivo improvisado, عبوة ناسفة, сву, самодельное взрывное "
                "устройство, саморобний вибуховий пристрій"
            ),
            "hazard-uxo",
        ),
        Code(
            "flood",
            "Flood",
            words(
                "flooding, inondation, flash flood, crue, inundación, riada, فيضان, سيول, "
                "наводнение, паводок, повінь"
            ),
            "hazard-flood",
        ),
        Code(
            "landslide",
            "Landslide",
            words(
                "landslide, rockfall, mudslide, avalanche, glissement de terrain, éboulement, "
                "deslizamiento, derrumbe, انهيار أرضي, انزلاق تربة, оползень, сель, зсув"
            ),
            "hazard",
        ),
        Code(
            "contamination",
            "Contamination",
            words(
                "chemical, industrial, cbrn, toxic, radiological, pollution, contamination "
                "chimique, contaminación, químico, تلوث, مواد كيميائية, загрязнение, химическая "
                "опасность, забруднення, хімічна небезпека"
            ),
            "hazard-contamination",
        ),
        Code(
            "road_damage",
            "Damaged road or bridge",
            words(
                "bridge destroyed, road block, impassable, roadblock, damaged bridge, damaged "
                "road, crater, pont détruit, route coupée, route endommagée, puente destruido, "
                "carretera cortada, جسر مدمر, طريق مقطوع, разрушенный мост, дорога перекрыта, "
                "зруйнований міст, дорога пошкоджена"
            ),
            "hazard-road",
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
            "hazard",
        ),
    ),
    fields=(
        FieldSpec("reported_by", "Reported by", synonyms=("reporter", "source", "organisation")),
        FieldSpec(
            "confidence",
            "Confidence",
            FieldType.CODE,
            codes=(
                Code("confirmed", "Confirmed", ("yes", "cha", "high")),
                Code("suspected", "Suspected", ("sha", "medium")),
                Code("rumour", "Rumour", ("low",)),
            ),
        ),
        REVIEW_BY,
        DATA_STATUS,
        CONTACT,
        REMARKS,
    ),
    stroke="#c62828",
    fill="#e57373",
    hatch="dots",
    dash="dot",
    symbol="hazard",
    file_words=words("hazard, mine, uxo, erw, flood, danger, ألغام"),
)
