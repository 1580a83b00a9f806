import re
import zipfile

import defusedxml.ElementTree
import pytest

from layers.release import build
from layers.writers import kmz
from tests.layers.release_samples import HOSTILE, NOW, profile, seeded

KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture
def document(tmp_path) -> bytes:
    path = tmp_path / "x.kmz"
    kmz.WRITER.write(build(seeded(), profile("humanitarian"), now=NOW), path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["doc.kml"]
        return archive.read("doc.kml")


def test_it_refers_to_nothing_outside_the_file(document):
    addresses = set(re.findall(rb"https?://[^\"'<\s]+", document))
    assert addresses == {b"http://www.opengis.net/kml/2.2"}
    assert b"<href" not in document
    assert b"NetworkLink" not in document


def test_a_viewer_that_renders_descriptions_finds_no_markup_of_partners(document):
    root = defusedxml.ElementTree.fromstring(document)
    allowed = re.compile(r"</?b>|<br/>")
    descriptions = [e.text or "" for e in root.iter(f"{KML}description")]
    assert len(descriptions) > len(HOSTILE)
    for text in descriptions:
        assert "<" not in allowed.sub("", text)


def test_times_and_styles_are_there(document):
    root = defusedxml.ElementTree.fromstring(document)
    ids = {style.attrib["id"] for style in root.iter(f"{KML}Style")}
    assert {f"#{i}" for i in ids} == {e.text for e in root.iter(f"{KML}styleUrl")}
    assert [e.text for e in root.iter(f"{KML}end")] == ["2026-11-25T00:00:00Z"]
