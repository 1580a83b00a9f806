"""Places that humanitarian work depends on: hospitals, schools, camps, warehouses, water points."""

from layers.kinds.common import (
    CONSENT,
    CONTACT,
    DATA_STATUS,
    HEIGHT_DATUM,
    LOWER,
    ORGANISATION,
    P_CODE,
    REMARKS,
    REVIEW_BY,
    STANDOFF,
    UPPER,
    words,
)
from layers.model import Code, FieldSpec, FieldType, GeometryType, Kind, KindSpec

KIND = KindSpec(
    kind=Kind.HUMANITARIAN_SITE,
    title="Humanitarian site",
    title_plural="Humanitarian sites",
    help="A place to protect: a hospital, school, camp, warehouse, water point, office.",
    geometries=(GeometryType.POINT, GeometryType.POLYGON),
    categories=(
        Code(
            "hospital",
            "Hospital",
            words(
                "hôpital, مستشفى, больница, лікарня, hospitals, general hospital, field hospital, "
                "medical centre, hôpital général, hospital general, مشفى, госпиталь, шпиталь, "
                "болница"
            ),
            "hospital",
        ),
        Code(
            "health_facility",
            "Health facility",
            words(
                "health, clinic, healthcare facility, health post, phc, dispensary, centre de "
                "santé, مركز صحي, health centre, health center, primary health centre, "
                "polyclinic, phcc, pharmacy, medical point, poste de santé, clinique, "
                "dispensaire, pharmacie, centro de salud, puesto de salud, clínica, farmacia, "
                "عيادة, مستوصف, نقطة طبية, صيدلية, поликлиника, медпункт, фельдшерско-акушерский "
                "пункт, фап, аптека, поліклініка, амбулаторія, здравен център"
            ),
            "health-facility",
        ),
        Code(
            "school",
            "School",
            words(
                "education, primary school, école, مدرسة, школа, kindergarten, secondary school, "
                "high school, university, college, learning space, temporary learning space, "
                "nursery, école primaire, collège, lycée, université, escuela, colegio, "
                "instituto, universidad, jardín de infancia, روضة, جامعة, детский сад, лицей, "
                "университет, дитячий садок, ліцей, університет, училище"
            ),
            "school",
        ),
        Code(
            "camp",
            "Camp or collective site",
            words(
                "idp site, refugee camp, camp, collective centre, idp camp, collective center, "
                "informal settlement, transit centre, shelter, reception centre, camp de "
                "déplacés, camp de réfugiés, site de déplacés, centre collectif, centre de "
                "transit, campo de refugiados, campamento, albergue, refugio, مخيم, مركز إيواء, "
                "مركز جماعي, موقع نازحين, лагерь, лагерь беженцев, пункт временного размещения, "
                "пвр, место компактного проживания, табір, місце компактного проживання, "
                "притулок, лагер"
            ),
            "camp",
        ),
        Code(
            "warehouse",
            "Warehouse",
            words(
                "store, stores, storage, entrepôt, مستودع, склад, depot, logistics hub, hub, "
                "dépôt, magasin, almacén, bodega, depósito, مخزن, хранилище, складське приміщення"
            ),
            "warehouse",
        ),
        Code(
            "distribution_point",
            "Distribution point",
            words(
                "distribution, distribution centre, distribution center, food distribution point, "
                "fdp, point de distribution, centre de distribution, punto de distribución, "
                "centro de distribución, نقطة توزيع, مركز توزيع, пункт раздачи, пункт выдачи, "
                "пункт видачі, пункт роздачі"
            ),
            "distribution",
        ),
        Code(
            "water_point",
            "Water point",
            words(
                "water, wash, well, borehole, pump station, بئر, pumping station, water station, "
                "water tank, water tower, tap stand, latrine, wash facility, point d'eau, puits, "
                "forage, château d'eau, station de pompage, punto de agua, pozo, estación de "
                "bombeo, tanque de agua, نقطة مياه, محطة مياه, خزان مياه, колодец, скважина, "
                "насосная станция, водонапорная башня, водозабор, колодязь, свердловина, насосна "
                "станція"
            ),
            "water",
        ),
        Code(
            "office",
            "Office",
            words(
                "offices, compound, bureau, مكتب, un compound, guest office, field office, sub "
                "office, base, bureaux, oficina, sede, مقر, офис, представительство, офіс, "
                "представництво, офис на организация"
            ),
            "office",
        ),
        Code(
            "residence",
            "Staff residence",
            words(
                "guest house, guesthouse, accommodation, staff house, compound residence, maison "
                "d'hôtes, logement, residencia, casa de huéspedes, سكن, دار ضيافة, гостевой дом, "
                "жильё персонала, общежитие, гуртожиток, житло персоналу"
            ),
            "residence",
        ),
        Code(
            "worship",
            "Place of worship",
            words(
                "mosque, church, temple, synagogue, مسجد, chapel, monastery, cathedral, place of "
                "worship, mosquée, église, cathédrale, monastère, mezquita, iglesia, templo, "
                "monasterio, جامع, كنيسة, دير, معبد, мечеть, церковь, храм, собор, монастырь, "
                "церква, монастир, джамия"
            ),
            "worship",
        ),
        Code(
            "cultural",
            "Cultural property",
            words(
                "heritage, museum, monument, archaeological site, library, world heritage site, "
                "musée, patrimoine, site archéologique, bibliothèque, museo, patrimonio, sitio "
                "arqueológico, monumento, biblioteca, متحف, موقع أثري, مكتبة, музей, памятник, "
                "библиотека, пам'ятка, бібліотека"
            ),
            "cultural",
        ),
        Code(
            "community",
            "Community facility",
            words(
                "community, recreation, playground, child friendly space, community centre, "
                "community center, women centre, youth centre, youth center, women center, social "
                "centre, centre "
                "communautaire, espace ami des enfants, centro comunitario, espacio amigable, "
                "مركز مجتمعي, مساحة صديقة للطفل, общественный центр, дом культуры, громадський "
                "центр, будинок культури, читалище"
            ),
            "community",
        ),
        Code(
            "market",
            "Market or shop",
            words(
                "market, shop, supermarket, bakery, سوق, mill, flour mill, marché, boulangerie, "
                "magasin d'alimentation, mercado, panadería, tienda, مخبز, فرن, рынок, магазин, "
                "пекарня, ринок, крамниця, пазар"
            ),
            "market",
        ),
        Code(
            "helipad",
            "Helipad or airfield",
            words(
                "helipad, helicopter landing site, hls, airfield, airstrip, airport, drop zone, héliport, "
                "aérodrome, helipuerto, aeródromo, مهبط, مطار, вертолётная площадка, аэродром"
            ),
            "flight",
        ),
        Code(
            "assembly_point",
            "Assembly point",
            words(
                "assembly point, muster point, evacuation point, collection point, point de "
                "rassemblement, punto de encuentro, punto de reunión, نقطة تجمع, пункт сбора, "
                "пункт эвакуации, пункт збору, пункт евакуації"
            ),
            "assembly",
        ),
        Code(
            "other",
            "Other",
            words(
                "other, misc, unknown, miscellaneous, n/a, autre, autres, otro, otros, أخرى, غير "
                "معروف, другое, прочее, інше, друго"
            ),
            "site",
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
                Code(
                    "open",
                    "Open",
                    words(
                        "functional, operational, yes, active, functioning, fonctionnel, ouvert, "
                        "operativo, abierto, activo, عامل, يعمل, مفتوح, действует, работает, открыт, діє, "
                        "працює, отворен"
                    ),
                ),
                Code(
                    "partial",
                    "Partly open",
                    words(
                        "partially functional, partial, partially open, partiellement fonctionnel, "
                        "partiel, parcial, parcialmente operativo, جزئي, يعمل جزئيا, частично, частично "
                        "работает, частково"
                    ),
                ),
                Code(
                    "closed",
                    "Closed",
                    words(
                        "non functional, not operational, inactive, not functional, no, non fonctionnel, "
                        "fermé, no operativo, cerrado, inactivo, مغلق, متوقف, لا يعمل, закрыт, не "
                        "работает, закрито, не працює, затворен"
                    ),
                ),
                Code(
                    "damaged",
                    "Damaged",
                    words(
                        "destroyed, partially damaged, endommagé, détruit, dañado, destruido, متضرر, "
                        "مدمر, повреждён, разрушен, пошкоджено, зруйновано"
                    ),
                ),
            ),
            synonyms=("functional_status", "operational_status"),
        ),
        FieldSpec(
            "verification",
            "Position verified",
            FieldType.CODE,
            codes=(
                Code("verified", "Verified on site", ("yes", "verified", "gps")),
                Code("reported", "As reported", ("reported",)),
                Code("unverified", "Not verified", ("no", "unverified", "estimated")),
            ),
            synonyms=("verified", "position_verified", "verification_status"),
        ),
        FieldSpec(
            "population",
            "People",
            FieldType.INTEGER,
            minimum=0,
            synonyms=("pop", "people", "persons", "individuals", "beneficiaries", "caseload"),
        ),
        P_CODE,
        STANDOFF,
        CONSENT,
        REVIEW_BY,
        LOWER,
        UPPER,
        HEIGHT_DATUM,
        DATA_STATUS,
        REMARKS,
    ),
    stroke="#0f5ea8",
    fill="#2f7fd1",
    symbol="site",
    file_words=words("site, facilit, hospital, clinic, health, school, camp, mosque, poi, assembly, مرافق"),
)

CROWDED = ("hospital", "health_facility", "school", "camp")
"""Categories where many people are, or people who cannot leave: findings about them rank a step higher."""
