"""How often letters occur in the languages of partner files: what `encoding_ranking` judges readings by.

Every language is a string of its letters, the most frequent first; that rank is all that is used (a letter of
rank r is about 1/(r + 2) as likely as another), so the tables need not be exact. Latin languages list only
letters beyond ASCII. Chinese, Japanese and Korean list what names of places and facilities are made of most,
and are otherwise known by their script.

Source: public frequency counts of each language as remembered, and the words that stand in names of clinics,
schools, camps, streets and districts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its script, its letters by frequency, and how many others of the script there may be."""

    name: str
    script: str
    letters: str
    others: int = 60


LANGUAGES = {
    language.name: language
    for language in (
        Language("French", "Latin", "éèàêçâôîûùëïœ’ÿ"),
        Language("Spanish", "Latin", "óíáñéúüºª"),
        Language("Portuguese", "Latin", "ãçáéóíêâõôúàº"),
        Language("German", "Latin", "üäöß"),
        Language("Italian", "Latin", "àòèùìé’"),
        Language("Nordic", "Latin", "åäöøæéü"),
        Language("Dutch", "Latin", "ëéïèü’"),
        Language("Turkish", "Latin", "ıüşöçğİâî"),
        Language("Polish", "Latin", "łóąęśżćńź"),
        Language("Czech", "Latin", "íáéěřčýžšůúďťóňľôŕĺäö"),
        Language("Serbo-Croatian", "Latin", "čšžćđ"),
        Language("Hungarian", "Latin", "áéöóőüíúű"),
        Language("Romanian", "Latin", "ăîâşţșț"),
        Language("Albanian", "Latin", "ëç"),
        Language("Baltic", "Latin", "āėšīēžņųūčļįąķģęöäõüŗ"),
        Language("Vietnamese", "Latin", "đươăâêôàáạảãìíèéẹòóọồốộùúụừứựầấậếềệờớợ"),
        Language("Russian", "Cyrillic", "оаиентрслвкпмдяуыьзгбчйхжшюцэщфёъ«»№"),
        Language("Ukrainian", "Cyrillic", "оаинвтеірскдлпуямзьбгчйхїжцшюєщфґ’«»№"),
        Language("Bulgarian", "Cyrillic", "аоиентрсвлкдпмъуязгбчцхщжшйюфь„“№"),
        Language("Serbian", "Cyrillic", "аоиенртсвкдлпумјзбгцчшђњљћжхфџѓќѕ"),
        Language("Greek", "Greek", "αοιτσεηνςρκυλπμόάωίδγέήώύχθφβξζψϊϋΐΰ"),
        Language("Arabic", "Arabic", "اليمرةنوتدبسعفحقكهشجصطخزأىضغثذءئإآظؤ،ًُّ"),
        Language("Persian", "Arabic", "انریدهسوتمبلکشگآزپخجفقعچحصطغضژءئثظذ،يك"),
        Language("Hebrew", "Hebrew", "יולהארתמבשנםדחקפעכסטגצזןךץף״׳־"),
        Language("Thai", "Thai", "านรองเ่ัมก้วยลสีตดทหะิบพคปุุแขู์จชโไึำใื็ณศธถผษภซฟฝญฐฯๆ๑๒๓"),
        Language(
            "Chinese",
            "Han",
            "院医市区县镇乡学校小路街社民中大人卫生服务站心第一所村国公安国际河山江南北东西城新州海门口桥华阳龙平"
            "府政局办事处党委会馆广场园花林水田石金湖沙关长高青红黄白马王李张刘陈家庄店屯营村组号楼层室道巷里坊"
            "幼儿老年福利妇女保健疾病控制防疫红十字难民营仓库机场车火站加油厂公司银行邮电信供应部队消防派出法检"
            "的是在有和与为不上下二三四五六七八九十百千万年月日时分天地川湾岛港岭峰洞泉源原头角坪坝坡沟塘井",
            3_600,
        ),
        Language(
            "Chinese (traditional)",
            "Han",
            "院醫市區縣鎮鄉學校小路街社民中大人衛生服務站心第一所村國公安際河山江南北東西城新州海門口橋華陽龍平"
            "府政局辦事處黨委會館廣場園花林水田石金湖沙關長高青紅黃白馬王李張劉陳家莊店營組號樓層室道巷里坊灣"
            "幼兒老年福利婦女保健疾病控制防疫十字難倉庫機車火加油廠司銀行郵電信供應部隊消派出法檢島港嶺峰洞泉臺台"
            "的是在有和與為不上下二三四五六七八九十百千萬年月日時分天地川源原頭角坪坡溝塘井寮埔崙竹桃義嘉雄",
            5_000,
        ),
        Language(
            "Japanese",
            "Kana",
            "のンールスイトアリラクグドシセタプサコレマカフテロジウェキムニャオミバビブパメホヤュョツチソボポガゴダ"
            "デナネハヒへモワヲのにはをたがでてとしれさあいうえおかきくけこなまもらりるよつちすせそひふほみむめやゆ"
            "病院市町村区東西南北中央小学校大高等山川田本島上下新島県都府道丁目駅前所保健公民館診療センター警察消防署役場"
            "避難広場公園寺神社港空橋原野木林森石水谷沢浜海岸崎岡津福長松井藤宮城古屋名阪京横須賀熊和歌三二一四五六七八九十"
            "第立国会社団法人医学生活支援福祉総合体育文化交流児童幼稚園老",
            2_800,
        ),
        Language(
            "Korean",
            "Hangul",
            "이원시구동학교병대리로산서면군청지사가도인소부한국제중앙고초등보건경찰읍주장정신남북성수강호안천진전화"
            "남영공의상민회관복지센터마을길에아기유광평울산해양여기선일자우방연오조석문월송덕금세무포명태백종용두"
            "하김나라은는을를다어스트파크타워역전터미널공원시청도서관우체국소방서약국의료원요양노인복지주민센터",
            2_000,
        ),
    )
}
"""By name."""

ENCODINGS: dict[str, tuple[float, tuple[str, ...]]] = {
    "cp1252": (
        0.0,
        ("French", "Spanish", "Portuguese", "German", "Italian", "Nordic", "Dutch", "Albanian"),
    ),
    "cp1250": (0.0, ("Polish", "Czech", "Serbo-Croatian", "Hungarian", "Romanian", "German", "Albanian")),
    "cp1251": (0.0, ("Russian", "Ukrainian", "Bulgarian", "Serbian")),
    "cp1256": (0.0, ("Arabic", "Persian")),
    "cp1254": (0.0, ("Turkish",)),
    "cp1253": (0.0, ("Greek",)),
    "cp1255": (0.0, ("Hebrew",)),
    "cp1257": (0.0, ("Baltic",)),
    "cp1258": (-4.0, ("Vietnamese",)),
    "cp874": (0.0, ("Thai",)),
    "cp866": (-1.0, ("Russian", "Bulgarian")),
    "cp1125": (-2.0, ("Ukrainian",)),
    "koi8-r": (-2.0, ("Russian",)),
    "koi8-u": (-3.0, ("Ukrainian",)),
    "mac-cyrillic": (-6.0, ("Russian", "Ukrainian", "Bulgarian", "Serbian")),
    "iso8859-2": (-2.0, ("Polish", "Czech", "Serbo-Croatian", "Hungarian", "Romanian", "German")),
    "iso8859-5": (-3.0, ("Russian", "Bulgarian", "Serbian")),
    "iso8859-6": (-2.0, ("Arabic",)),
    "cp850": (-2.0, ("French", "Spanish", "Portuguese", "German", "Italian", "Nordic")),
    "cp852": (-2.0, ("Polish", "Czech", "Serbo-Croatian", "Hungarian", "Romanian", "German")),
    "cp720": (-3.0, ("Arabic",)),
    "mac-roman": (-5.0, ("French", "Spanish", "Portuguese", "German", "Italian", "Nordic")),
    "gb18030": (0.0, ("Chinese",)),
    "big5": (0.0, ("Chinese (traditional)",)),
    "shift_jis": (0.0, ("Japanese",)),
    "cp932": (0.0, ("Japanese",)),
    "euc-jp": (-3.0, ("Japanese",)),
    "euc_kr": (0.0, ("Korean",)),
    "cp949": (0.0, ("Korean",)),
}
"""Encodings that are ranked, with how much rarer they are in shapefiles and tables than the first ones (as a
logarithm), and the languages written in them."""
