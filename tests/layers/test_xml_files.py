import time

import pytest

from layers.errors import ReadingError
from layers.xml_files import local, root_name, walk


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<kml>", "kml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a --><!-- > -->\n<k:kml xmlns:k="x">', "kml"),
        (b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b>">]><gpx >', "gpx"),
        (b'<!DOCTYPE html PUBLIC "x"><html/>', "html"),
        ('\ufeff<?xml version="1.0" encoding="utf-16"?><gpx>'.encode("utf-16-le"), "gpx"),
        (b"<!-- never closed <kml>", ""),
        (b"{}", ""),
        (b"", ""),
    ],
)
def test_the_root_is_named_whatever_precedes_it(head, name):
    assert root_name(head) == name


def test_many_comments_take_no_time():
    start = time.perf_counter()
    assert root_name(b"<!--a-->" * 8_000 + b"x") == ""
    assert time.perf_counter() - start < 5


def test_elements_come_with_their_depth(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text('<a xmlns="urn:x"><!-- c --><b><c/></b></a>')
    assert [(event, local(e), depth) for event, e, depth in walk(path)] == [
        ("start", "a", 1), ("start", "b", 2), ("start", "c", 3), ("end", "c", 3), ("end", "b", 2),
        ("end", "a", 1),
    ]  # fmt: skip


def test_depth_entities_and_damage_are_refused(tmp_path):
    for text, why in {
        "<a>" * 200 + "</a>" * 200: "nested",
        '<!DOCTYPE a [<!ENTITY e "x">]><a/>': "document type",
        "<a><b></a>": "damaged",
    }.items():
        path = tmp_path / "a.xml"
        path.write_text(text)
        with pytest.raises(ReadingError, match=why):
            list(walk(path))
