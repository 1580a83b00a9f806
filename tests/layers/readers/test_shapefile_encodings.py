"""The encoding clinic on shapefiles: no .cpg, or one that is wrong."""

import codecs

import pytest
import shapely

from layers import encoding
from layers.reading import Action, ReadOptions, open_any
from tests.layers.encoding_names import names_of

LANGUAGES = [
    "Russian",
    "Arabic",
    "French",
    "Thai",
    "Japanese",
    "Chinese",
    "Polish",
    "Greek",
    "Hebrew",
    "Korean",
]


@pytest.fixture
def shapefile(write_shapefile):
    def write(language, **options):
        name, names = names_of(language)
        names = names[:20]
        points = [shapely.Point(36 + i / 100, 32) for i in range(len(names))]
        return name, names, write_shapefile(points, {"NAME": names}, encoding=name, **options)

    return write


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_cpg_the_right_encoding_is_first_or_second(shapefile, language):
    name, names, path = shapefile(language)
    imported = open_any(path)
    same = {"cp949": "euc_kr", "cp932": "shift_jis"}
    places = [codecs.lookup(same.get(c, c)) for c in imported.encoding.candidates]
    assert places.index(codecs.lookup(same.get(name, name))) <= 1
    shown = encoding.previews(imported.encoding_samples, imported.encoding.candidates[:2])
    assert any(set(names) & set(preview.texts) for preview in shown)
    assert open_any(path, ReadOptions(encoding=name)).columns["NAME"].tolist() == names


def test_a_cpg_that_is_wrong_is_doubted_with_the_encoding_that_fits(shapefile, problems_of):
    _, _, path = shapefile("Russian")
    path.with_suffix(".cpg").write_text("1252")
    imported = open_any(path)
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "mojibake"]
    assert doubt.fix == {"encoding": "cp1251"}
    assert imported.encoding.value == "cp1252"


def test_text_made_utf8_twice_is_doubted_and_put_right_on_request(write_shapefile, problems_of):
    names = ["Hôpital général", "École", "Marché"]
    garbled = [n.encode().decode("cp1252", "replace").replace("\ufffd", "\x8d") for n in names]
    path = write_shapefile([shapely.Point(36, 32)] * 3, {"NAME": garbled}, cpg=True)
    imported = open_any(path)
    (doubt,) = [p for p in problems_of(imported, Action.DOUBT) if p.code == "mojibake"]
    fixed = open_any(path, ReadOptions(encoding=doubt.fix["encoding"]))
    assert fixed.columns["NAME"].tolist() == names
