import zipfile

import pytest

from layers.errors import ReadingError
from layers.reading import open_any


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (bytes(5_000), "nothing but zeros"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), r"a picture \(PNG\)"),
        (b"II*\x00" + bytes(50), "map image"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (bytes(257) + b"ustar\x0000" + bytes(300), "tar"),
        (b"AC1032" + bytes(50), "DWG"),
        (b"<!DOCTYPE HTML>\n<HTML><body>Log in</body></HTML>", "a web page"),
        (b'<?xml version="1.0"?><ServiceExceptionReport/>', "error message of a map service"),
        (b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "references to other files"),
        (b'<osm version="0.6"/>', "OpenStreetMap"),
        (b"<novel>once</novel>", "XML .*novel.* of no map format"),
        (b"[1, 2, 3]", "JSON, but not GeoJSON"),
        (b"Dear colleague\nplease find attached\n", "text without columns"),
        (b"\x00\x07\xff\x01" * 40, "no format that is read here"),
    ],
)
def test_what_is_not_read_is_named_in_a_sentence(tmp_path, content, words):
    path = tmp_path / "delivery.dat"
    path.write_bytes(content)
    with pytest.raises(ReadingError, match=words) as refused:
        open_any(path)
    assert refused.value.hint.endswith(".")
    assert refused.value.where == "delivery.dat"


def test_an_archive_of_nothing_readable_says_what_it_holds(tmp_path):
    path = tmp_path / "delivery.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(7):
            archive.writestr(f"photos/{i}.jpg", b"\xff\xd8\xff")
    with pytest.raises(ReadingError, match=r"only “photos/0.jpg”, .* and 2 more"):
        open_any(path)
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(ReadingError, match="archive is empty"):
        open_any(path)
