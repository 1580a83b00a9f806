"""Names as partners write them, by language and the encoding that old programs save them in."""

NAMES: dict[str, tuple[str, str]] = {
    "Russian": (
        "cp1251",
        """
        Городская больница № 3; Детская поликлиника; Школа № 14; Водозабор Северный;
        Склад гуманитарной помощи; Площадь Победы; улица Шевченко; Областная клиническая больница;
        Роддом; Мост; Пункт обогрева; Центр социальной помощи; Храм Святого Николая; Хлебозавод;
        Аптека; Котельная; Железнодорожная; станция; Убежище; Лагерь переселенцев; Фельдшерский пункт;
        Насосная станция; Детский сад «Солнышко»; Краматорск; Мелитополь; Бахмут
        """,
    ),
    "Bulgarian": (
        "cp1251",
        """
        Здравен център; Основно училище Христо Ботев; Болница Света Анна; Читалище; Площад Свобода;
        Водоснабдяване; Детска градина Слънце; Кметство; Аптека; Пожарна служба; Гара Север;
        Поликлиника; Село Баня; Община Казанлък; Хижа; Мост на Марица; Склад; Църква Свети Георги;
        Стара Загора; Център за бежанци; Язовир; Гимназия; Медицински пункт; Стадион
        """,
    ),
    "Ukrainian": (
        "cp1251",
        """
        Обласна лікарня; Дитячий садок; Школа № 7; Пункт незламності; Водоканал; Вулиця Київська;
        Центр надання послуг; Аптека; Міська рада; Пологовий будинок; Гуртожиток; Церква Святої Трійці;
        Залізничний; вокзал; Укриття; Склад; Амбулаторія; Харків; Запоріжжя; Їдальня; Пожежна частина;
        Бібліотека; Хлібозавод; Притулок; Кам'янське
        """,
    ),
    "Arabic": (
        "cp1256",
        """
        مستشفى الرمثا الحكومي; مركز صحي شامل; مدرسة الزعتري; مسجد عمر بن الخطاب; مخيم الأزرق;
        نقطة مياه; مستودع; عيادة الأطفال; شارع الملك حسين; مخبز; قرية أم الجمال; صيدلية; مكتب المفوضية;
        روضة; سوق; محطة تنقية; مركز توزيع; حي النصر; البلدية; مركز النساء; ملعب; ميدان; جسر;
        المدخل الرئيسي
        """,
    ),
    "Persian": (
        "cp1256",
        """
        بیمارستان مرکزی; درمانگاه شهید; مدرسه دخترانه; روستای گلستان; چشمه آب; پل قدیم; مسجد جامع;
        کابل; هرات; ولایت پروان; کلینیک صحی; اردوگاه; انبار; بازار; پاسگاه; خیابان; ژاندارمری;
        آب انبار; داروخانه; شفاخانه; قریه بالا; مکتب پسران; دفتر; پارک
        """,
    ),
    "French": (
        "cp1252",
        """
        Hôpital général; École primaire; Centre de santé; Marché central; Forêt classée; Église;
        évangélique; Poste avancé; Préfecture; Siège du comité; Lycée; Dépôt de vivres;
        Barrage de la Bénoué; Clinique; privée; Abéché; N'Djaména; Léré; Moïssala; Goré; Maïné-Soroa;
        Bébédjia; Château d'eau; Entrepôt; Collège; Régie des eaux; Aéroport; Gîte
        """,
    ),
    "Spanish": (
        "cp1252",
        """
        Puesto de salud Ocaña; Institución educativa; Estación de policía; Vereda El Peñón;
        Corregimiento; Nariño; Batallón; Centro médico; Río Atrato; Cúcuta; Quibdó; Ibagué;
        Jardín infantil; Almacén; Acueducto; Ñame; Medellín; Bogotá; San José; Campaña; Montería;
        Alcaldía; Comité; Belén; Peña
        """,
    ),
    "German": (
        "cp1252",
        """
        Krankenhaus Süd; Straße; Münchener Platz; Böblingen; Flüchtlingslager; Grundschule Nürnberg;
        Köln; Brücke; Rathaus; Übergang; Kläranlage; Kindergärten; Fußgängerzone; Lüneburg; Düsseldorf;
        Gesundheitsamt; Österreich; Würzburg; Schloß; Apotheke Grün; Mühle; Altötting
        """,
    ),
    "Portuguese": (
        "cp1252",
        """
        Posto de saúde; Escola primária; Armazém; São João; Administração; Estação; Hospital;
        Província; Cabo Delgado; Igreja Nossa Senhora da Conceição; Município; Pemba; Água potável;
        Maternidade; Câmara; Organização; Praça; Macomia; Mocímboa; Escritório; Região; Povoação;
        Posto médico; Mueda; Edifício
        """,
    ),
    "Polish": (
        "cp1250",
        """
        Szpital Powiatowy; Łódź; Kraków; Szkoła Podstawowa; Przychodnia; Straż pożarna; Wrocław;
        Gdańsk; Żory; Świdnica; Dworzec główny; Rzeszów; Przemyśl; Punkt pomocy uchodźcom; Urząd gminy;
        Kościół; Zamość; Chełm; Białystok; Ośrodek zdrowia; Plac Wolności; Hrubieszów; Most na Wiśle;
        Ząbki
        """,
    ),
    "Czech": (
        "cp1250",
        """
        Nemocnice Plzeň; Základní škola; Náměstí Míru; Hasičská stanice; České Budějovice; Říčany;
        Ústí; Železniční stanice; Domov důchodců; Třebíč; Zdravotní středisko; Kroměříž; Jičín;
        Úřad městské části; Hřbitov; Děčín; Mateřská škola; Přerov; Obecní úřad; Lékárna;
        Uherské Hradiště; Vodárna
        """,
    ),
    "Croatian": (
        "cp1250",
        """
        Bolnica Bihać; Osnovna škola; Dom zdravlja Goražde; Čapljina; Šibenik; Livno; Općina Žepče;
        Brčko; Kiseljak; Višegrad; Crkva svetog Đorđa; Fojnica; Travnik; Sirotište; Foča; Doboj;
        Čelinac; Srebrenica; Ljekarna; Vlašić; Općinsko vijeće; Podružnica; Ćoralići; Đakovo
        """,
    ),
    "Hungarian": (
        "cp1250",
        """
        Kórház; Általános iskola; Győr; Székesfehérvár; Hősök tere; Tűzoltóság; Pályaudvar; Óvoda;
        Rendőrség; Debrecen; Nyíregyháza; Fő utca; Menekülttábor; Egészségház; Kőszeg; Mezőtúr;
        Békéscsaba; Üllői út; Víztorony; Templom; Gyűjtőpont; Záhony
        """,
    ),
    "Romanian": (
        "cp1250",
        """
        Spitalul Județean; Școala gimnazială; Primăria; Iași; Timișoara; Brașov; Piața Unirii;
        Biserica Sfântul; Grădinița; Constanța; Târgu Mureș; Bălți; Chișinău; Câmpina; Dispensar; Gară;
        Farmacie; Sighetu; Siret; Tabără; Vamă; Suceava; Poliția
        """,
    ),
    "Greek": (
        "cp1253",
        """
        Νοσοκομείο; Κέντρο υγείας; Δημοτικό σχολείο; Αθήνα; Θεσσαλονίκη; Λιμάνι; Καταυλισμός; Εκκλησία;
        Πλατεία; Δήμος Λέσβου; Μόρια; Αποθήκη; Φαρμακείο; Χίος; Σάμος; Σταθμός; Αεροδρόμιο; Γέφυρα;
        Οδός Ερμού; Κως; Αστυνομία; Πηγή
        """,
    ),
    "Turkish": (
        "cp1254",
        """
        Devlet Hastanesi; İlkokul; Şanlıurfa; Kızılay deposu; Çadır kent; Gaziantep; Sağlık ocağı;
        Öğretmen evi; Kilis; Köprü; Belediye başkanlığı; Diyarbakır; Eczane; Çocuk parkı; Islahiye;
        Akçakale; Nizip; Kahramanmaraş; Ağrı; Iğdır; İskenderun; Su deposu; Düzce
        """,
    ),
    "Hebrew": (
        "cp1255",
        """
        בית חולים; בית ספר; מרפאה; תחנת משטרה; באר שבע; ירושלים; מגן דוד; גן ילדים; רחוב הרצל; מקלט;
        כנסייה; מחסן; שוק; תחנת רכבת; אשקלון; שדרות; קיבוץ; בית כנסת; מועצה; דואר; נמל; גשר
        """,
    ),
    "Thai": (
        "cp874",
        """
        โรงพยาบาลแม่สอด; โรงเรียนบ้านท่าสองยาง; ค่ายผู้ลี้ภัย; วัดพระแก้ว; ตำบล; อำเภอเมือง; สถานีอนามัย; ตลาด;
        สะพาน; เชียงใหม่; ศูนย์พักพิง; ที่ว่าการอำเภอ; คลินิก; สถานีตำรวจ; แม่น้ำ; หมู่บ้าน; ตาก; กรุงเทพ;
        ศาลากลาง; โกดัง; ท่าเรือ; บ่อน้ำ
        """,
    ),
    "Japanese": (
        "shift_jis",
        """
        石巻赤十字病院; 仙台市立第一中学校; 避難所; 南三陸町役場; 気仙沼港; 公民館; 福島県庁; 体育館;
        消防署; いわき市; 給水所; 東松島; コミュニティセンター; 市民病院; 岩手県; 保健所; 女川町;
        物資倉庫; 警察署; 双葉町; 陸前高田駅; 市立図書館; ボランティアセンター; 幼稚園
        """,
    ),
    "Chinese": (
        "gb18030",
        """
        汶川县人民医院; 第一小学; 北川中学; 救灾物资仓库; 安置点; 都江堰市; 卫生所; 镇政府; 幼儿园;
        派出所; 映秀镇; 供水站; 红十字会; 绵阳市中心医院; 桥头村; 广场; 火车站; 敬老院; 青川县;
        社区服务中心; 龙门山; 消防队; 茂县; 体育馆
        """,
    ),
    "Chinese (traditional)": (
        "big5",
        """
        台大醫院; 國民小學; 避難所; 花蓮縣; 衛生所; 鄉公所; 高雄市; 消防局; 紅十字會; 活動中心; 火車站;
        物資倉庫; 派出所; 社區; 嘉義市; 慈濟醫院; 圖書館; 臺南; 八里區; 體育館; 埔里鎮; 老人院
        """,
    ),
    "Korean": (
        "cp949",
        """
        서울대학교병원; 초등학교; 보건소; 대피소; 부산광역시; 주민센터; 경찰서; 소방서; 강원도; 평택역;
        중학교; 시청; 구호물자 창고; 적십자사; 파주시; 연평도; 도서관; 시장; 교회; 약국; 임진강;
        노인복지관
        """,
    ),
}


def names_of(language: str) -> tuple[str, list[str]]:
    """Return the encoding of a language and its names."""
    encoding, text = NAMES[language]
    return encoding, [name for line in text.split("\n") for name in map(str.strip, line.split(";")) if name]
