"""The door through which partner files come in: child process, limits, archives, nothing left behind."""

import hashlib
import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from layers import reading_exchange, reading_process
from layers.errors import CancelledError, ReadingError
from layers.readers import READERS
from layers.reading import DEFAULT_LIMITS, Action, Limits, ReadOptions, open_any

POINT = {"type": "Point", "coordinates": [36.3, 32.2]}


def write_geojson(path: Path, n: int = 3) -> Path:
    features = [
        {"type": "Feature", "properties": {"id": i}, "geometry": POINT | {"coordinates": [36 + i * 1e-5, 32]}}
        for i in range(n)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def write_shapefile(folder: Path, name: str = "sites", n: int = 3) -> Path:
    names = np.empty(n, dtype=object)
    names[:] = [f"{name} {i}" for i in range(n)]
    path = folder / f"{name}.shp"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(36 + np.arange(n) / 100, np.full(n, 32.0))),
        field_data=[names],
        fields=["NAME"],
        geometry_type="Point",
        crs="EPSG:4326",
        driver="ESRI Shapefile",
    )
    return path


def zipped(archive: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return archive


def parts_of(shp: Path, inner: str) -> dict[str, bytes]:
    return {f"{inner}{p.suffix}": p.read_bytes() for p in shp.parent.glob(f"{shp.stem}.*")}


def state(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(p.relative_to(folder)): (
            hashlib.sha256(p.read_bytes()).hexdigest(),
            p.stat().st_mtime_ns,
            p.stat().st_mode,
        )
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_the_partners_folder_is_untouched_by_any_format(tmp_path, monkeypatch):
    partner = tmp_path / "partner"
    partner.mkdir()
    shp = write_shapefile(partner)
    shp.with_suffix(".shx").unlink()  # tempts GDAL to restore it beside the file
    write_geojson(partner / "a.geojson")
    (partner / "t.csv").write_text("id,lon,lat\n1,36,32\n")
    gpkg = partner / "b.gpkg"
    pyogrio.raw.write(
        gpkg, geometry=shapely.to_wkb(np.array([shapely.Point(36, 32)])), field_data=[], fields=[],
        geometry_type="Point", crs="EPSG:4326", driver="GPKG",
    )  # fmt: skip
    database = sqlite3.connect(gpkg)
    database.execute("PRAGMA journal_mode=WAL")  # a reader of such a file tends to leave two more beside it
    database.close()
    zipped(partner / "z.zip", parts_of(shp, "deep/er/sites"))
    for item in partner.iterdir():
        item.chmod(stat.S_IREAD)
    before = state(partner)
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    for name in ("sites.shp", "a.geojson", "t.csv", "b.gpkg", "z.zip", "."):
        assert len(open_any(partner / name)) > 0
    assert state(partner) == before
    reading_process.end_ahead()
    assert not list(private.iterdir())


@pytest.fixture
def started(monkeypatch):
    """Collect the children that are started; none is ready at the start, none is left at the end."""
    children = []
    begin = reading_process.Child.__init__

    def spy(child):
        begin(child)
        children.append(child)

    reading_process.end_ahead()
    monkeypatch.setattr(reading_process.Child, "__init__", spy)
    yield children
    reading_process.end_ahead()
    assert all(child.process.poll() is not None for child in children)


def test_without_copies_the_next_file_is_read_by_a_child_started_ahead_and_each_by_its_own(
    tmp_path, monkeypatch, started
):
    monkeypatch.setattr(reading_process, "_CAN_COPY", False)
    path = write_geojson(tmp_path / "a.geojson")
    first = open_any(path)
    assert len(started) == 2
    assert started[0].process.poll() is not None
    assert not started[0].job.exists()
    assert started[1].process.poll() is None
    second = open_any(path)
    assert len(started) == 3
    assert started[1].process.poll() is not None
    assert not started[1].job.exists()
    assert second.geometry.tolist() == first.geometry.tolist()
    reading_process.end_ahead()
    assert started[2].process.poll() is not None
    assert not started[2].job.exists()


COPIES = pytest.mark.skipif(not reading_process._CAN_COPY, reason="no process is copied on this system")


def copies_of(child):
    """Return the processes that the child has made and that still run, by number."""
    listed = Path(f"/proc/{child.process.pid}/task/{child.process.pid}/children")
    return [int(number) for number in listed.read_text().split()] if listed.exists() else []


def runs(number):
    """Tell whether there is such a process that has not ended."""
    try:
        said = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] not in "ZX"


@COPIES
def test_each_file_is_read_by_a_copy_of_its_own_and_leaves_nothing(tmp_path, monkeypatch, started):
    path = write_geojson(tmp_path / "a.geojson", 20_000)
    readers, jobs = [], []

    def progress(done, total, label):
        if label == "Reading a":
            readers.append(copies_of(started[0]))
            jobs.append(started[0].job)

    for n in range(3):
        open_any(path, progress=progress)
        assert len(jobs) > n
        assert not jobs[-1].exists()
    (child,) = started
    assert child.process.poll() is None
    assert len({job.name for job in jobs}) == 3
    assert all(len(reader) == 1 and reader != [child.process.pid] for reader in readers)
    assert len({reader[0] for reader in readers}) == 3
    open_any(path, is_last=True)  # by the child itself
    assert child.process.poll() is not None
    assert not child.job.parent.exists()


@COPIES
def test_a_copy_that_crashes_takes_no_other_file_with_it(tmp_path, started):
    path = write_geojson(tmp_path / "a.geojson", 20_000)

    def progress(done, total, label):
        if label == "Reading a":
            for number in copies_of(started[0]):
                os.kill(number, signal.SIGKILL)

    with pytest.raises(ReadingError, match="crashed"):
        open_any(path, progress=progress)
    assert started[0].process.poll() is not None
    assert len(open_any(path)) == 20_000


@COPIES
def test_cancelling_ends_the_copy_that_reads(tmp_path, started):
    readers = []

    def progress(done, total, label):
        if label == "Reading a" and copies_of(started[0]):
            readers.extend(copies_of(started[0]))
            raise CancelledError

    with pytest.raises(CancelledError):
        open_any(write_geojson(tmp_path / "a.geojson", 40_000), progress=progress)
    end = time.monotonic() + 60
    while runs(readers[0]) and time.monotonic() < end:
        time.sleep(0.01)
    assert not runs(readers[0])
    assert not started[0].job.parent.exists()


def test_after_a_refused_file_the_next_is_read(tmp_path, started):
    bad = tmp_path / "b.geojson"
    bad.write_text("{")
    with pytest.raises(ReadingError):
        open_any(bad)
    assert len(open_any(write_geojson(tmp_path / "a.geojson"))) > 0


@pytest.mark.parametrize("what", ["crashed", "other environment"])
def test_a_child_started_ahead_that_is_not_fit_is_replaced(tmp_path, monkeypatch, what):
    path = write_geojson(tmp_path / "a.geojson")
    open_any(path)
    spare = reading_process._spare._child
    if what == "crashed":
        spare.process.kill()
        spare.process.wait()
    else:
        monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert len(open_any(path)) > 0
    assert not spare.job.exists()
    assert spare.process.poll() != 0


def test_a_child_started_ahead_that_nobody_wants_is_ended(tmp_path, monkeypatch):
    reading_process.end_ahead()
    monkeypatch.setattr(reading_process, "_SPARE_S", 0.05)
    reading_process.start_ahead()
    spare = reading_process._spare._child
    spare.process.wait(60)
    end = time.monotonic() + 60
    while spare.job.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert not spare.job.exists()
    assert reading_process._spare._child is None


def test_the_format_is_told_by_content_not_by_name(tmp_path):
    liar = write_geojson(tmp_path / "data.kml")
    imported = open_any(liar)
    assert imported.format == "geojson"
    assert imported.file == "data.kml"
    assert imported.sha256 == hashlib.sha256(liar.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "name", ["clinics.geojson", "clinics.shp", "clinics.kml", "clinics.csv", "clinics.gpkg"]
)
def test_a_vrt_under_another_name_reads_no_other_file(tmp_path, name):
    secret = write_geojson(tmp_path / "secret.json")
    path = tmp_path / name
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret, a,b"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(ReadingError, match="references to other files"):
        open_any(path)


def test_a_gdal_pipeline_under_another_name_is_refused(tmp_path):
    path = tmp_path / "clinics.geojson"
    path.write_text(
        json.dumps({"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read x"})
    )
    with pytest.raises(ReadingError, match="not GeoJSON"):
        open_any(path)


def test_gdal_in_the_child_has_the_shapefile_driver_alone():
    code = "import pyogrio; print(sorted(pyogrio.list_drivers()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=reading_process.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    left = set(eval(done.stdout))
    assert "ESRI Shapefile" in left
    assert left <= {"ESRI Shapefile", "MEM", "Memory"}


def test_a_zip_with_junk_nested_folders_and_several_shapefiles(tmp_path):
    small, large = write_shapefile(tmp_path, "small", 2), write_shapefile(tmp_path, "large", 5)
    files = {
        **parts_of(small, "data/2026/small"),
        **parts_of(large, "data/large"),
        "__MACOSX/data/._small.shp": b"\x00\x05\x16\x07 junk",
        "data/.DS_Store": b"junk",
        "data/readme.pdf": b"%PDF",
    }
    archive = zipped(tmp_path / "all.zip", files)
    imported = open_any(archive)
    assert set(imported.layers) == {"small", "large"}
    assert (imported.layer, imported.rows) == ("large", 5)
    assert open_any(archive, ReadOptions(layer="small")).columns["NAME"][0] == "small 0"
    with pytest.raises(ReadingError, match="no layer"):
        open_any(archive, ReadOptions(layer="other"))


def test_a_folder_is_read_like_an_archive(tmp_path):
    folder = tmp_path / "delivery"
    (folder / "sub").mkdir(parents=True)
    write_shapefile(folder, "a", 2)
    write_shapefile(folder / "sub", "b", 3)
    imported = open_any(folder)
    assert set(imported.layers) == {"a", "b"}
    assert imported.file == "delivery"


def test_any_part_of_a_loose_shapefile_stands_for_it(tmp_path):
    shp = write_shapefile(tmp_path)
    dbf = shp.with_suffix(".dbf")
    dbf.rename(shp.with_suffix(".DBF"))
    assert open_any(shp.with_suffix(".DBF")).columns["NAME"][0] == "sites 0"
    assert open_any(shp).sha256 == hashlib.sha256(shp.read_bytes()).hexdigest()


def test_kmz_and_zipped_geojson_are_taken_apart(tmp_path):
    kml = b"<kml><Placemark><name>A</name><Point><coordinates>1,2</coordinates></Point></Placemark></kml>"
    assert open_any(zipped(tmp_path / "a.kmz", {"doc.kml": kml, "files/x.png": b"x"})).format == "kml"
    assert open_any(zipped(tmp_path / "g.zip", {"x/y.geojson": json.dumps(POINT).encode()})).layer == "y"


@pytest.mark.parametrize(
    "name", ["../evil.geojson", "/etc/evil.geojson", "a\\..\\..\\evil.geojson", "C:/evil.geojson"]
)
def test_an_archive_that_points_outside_itself_is_refused(tmp_path, name):
    archive = zipped(tmp_path / "a.zip", {"ok.geojson": json.dumps(POINT).encode(), name: b"x"})
    before = state(tmp_path)
    with pytest.raises(ReadingError, match="points outside"):
        open_any(archive)
    assert state(tmp_path) == before


def test_an_archive_with_a_link_is_refused(tmp_path):
    archive = tmp_path / "a.zip"
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(ReadingError, match="link"):
        open_any(archive)


def test_an_archive_that_swells_is_refused_while_it_is_read(tmp_path):
    bomb = zipped(tmp_path / "bomb.zip", {"a.csv": b"0" * (40 << 20)})
    with pytest.raises(ReadingError, match="far more than such an archive should"):
        open_any(bomb)
    big = zipped(tmp_path / "big.zip", {"a.csv": b"0123456789abcdef" * (3 << 16)})
    with pytest.raises(ReadingError, match="unpacks to more than 1 MB"):
        open_any(big, limits=replace(DEFAULT_LIMITS, input_bytes=1 << 20))


def test_too_many_members_and_damaged_archives_are_refused(tmp_path):
    many = zipped(tmp_path / "many.zip", {f"{i}.csv": b"" for i in range(30)})
    with pytest.raises(ReadingError, match="more than 20 files"):
        open_any(many, limits=replace(DEFAULT_LIMITS, archive_entries=20))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(many.read_bytes()[:400])
    with pytest.raises(ReadingError, match="damaged"):
        open_any(cut)


def test_a_member_without_a_name_is_passed_over(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"lon,lat\n25.5,42.5\n", "x": b""})
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")  # the last entry of the list of members: its name becomes a remark
    entry = bytearray(data[at : at + 46])
    entry[28:30], entry[30:32] = b"\0\0", b"\1\0"
    path.write_bytes(data[:at] + bytes(entry) + data[at + 46 :])
    with zipfile.ZipFile(path) as archive:
        assert [member.filename for member in archive.infolist()] == ["a.csv", ""]
    assert len(open_any(path)) == 1


def test_an_office_letter_is_named_as_such(tmp_path):
    path = zipped(tmp_path / "a.docx", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    with pytest.raises(ReadingError, match="office document"):
        open_any(path)


def test_a_child_that_takes_too_long_costs_one_sentence(tmp_path):
    path = write_geojson(tmp_path / "big.geojson", 40_000)
    begun = time.monotonic()
    with pytest.raises(ReadingError, match=r"given up after 0\.2 seconds"):
        open_any(path, limits=replace(DEFAULT_LIMITS, seconds=0.2))
    assert time.monotonic() - begun < 40


def test_a_child_that_swells_costs_one_sentence(tmp_path):
    path = tmp_path / "big.geojson"
    path.write_text('{"type":"FeatureCollection","features":[' + "[1,[2]]," * 2_000_000 + "1]}")
    with pytest.raises(ReadingError, match="memory allowed"):
        open_any(path, limits=replace(DEFAULT_LIMITS, memory_bytes=700 << 20))


@pytest.mark.parametrize(
    ("end", "words"), [("os.kill(os.getpid(), 11)", "crashed"), ("sys.exit(3)", "stopped")]
)
def test_a_child_that_dies_costs_one_sentence(tmp_path, monkeypatch, end, words):
    monkeypatch.setattr(
        reading_process, "child_command", lambda _job: [sys.executable, "-c", f"import os, sys; {end}"]
    )
    with pytest.raises(ReadingError, match=words):
        open_any(write_geojson(tmp_path / "a.geojson"))


def test_cancelling_ends_the_child(tmp_path, monkeypatch):
    marker = tmp_path / "child"
    code = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(reading_process, "child_command", lambda _job: [sys.executable, "-c", code])

    def progress(done, total, label):
        if marker.exists() and marker.read_text():
            raise CancelledError

    with pytest.raises(CancelledError):
        open_any(write_geojson(tmp_path / "a.geojson"), progress=progress)
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


def test_progress_names_the_stages(tmp_path):
    labels = []
    open_any(
        write_geojson(tmp_path / "a.geojson", 20_000), progress=lambda _d, _t, label: labels.append(label)
    )
    assert "Copying a.geojson" in labels
    assert "Reading a" in labels


def test_the_answer_holds_no_pickle(tmp_path, monkeypatch):
    seen = {}
    load = reading_exchange.load

    def spy(folder):
        seen.update({p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()})
        return load(folder)

    monkeypatch.setattr(reading_exchange, "load", spy)
    open_any(write_geojson(tmp_path / "a.geojson"))
    stream, arrays = io.BytesIO(seen["arrays.npy"]), []
    while stream.tell() < len(seen["arrays.npy"]):
        arrays.append(np.load(stream, allow_pickle=False))
    assert {a.dtype.kind for a in arrays} <= set("iufb")
    json.loads(seen["answer.json"])


def test_what_the_child_read_arrives_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,lon,lat\nصحة,36.5,32\nB,,32\n", encoding="utf-8")
    imported = open_any(path)
    assert imported.columns["name"].tolist() == ["صحة", "B"]
    assert imported.geometry.tolist() == [shapely.Point(36.5, 32), None]
    assert imported.row.tolist() == [1, 2]
    assert [p.action for p in imported.problems] == [Action.SKIPPED]
    assert not imported.columns["name"].flags.writeable


def test_missing_special_and_unreadable_files_are_refused(tmp_path):
    with pytest.raises(ReadingError, match="no such file"):
        open_any(tmp_path / "none.shp")
    fifo = tmp_path / "fifo.csv"
    os.mkfifo(fifo)
    with pytest.raises(ReadingError, match="not a regular file"):
        open_any(fifo)
    empty = tmp_path / "empty.shp"
    empty.write_bytes(b"")
    with pytest.raises(ReadingError, match="is empty"):
        open_any(empty)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ReadingError, match="holds no file"):
        open_any(folder)
    (folder / "a.csv").touch()
    (folder / "b.csv").touch()
    with pytest.raises(ReadingError, match="more than 1 files"):
        open_any(folder, limits=Limits(archive_entries=1))


def test_a_parent_without_a_script_can_read(tmp_path):
    path = write_geojson(tmp_path / "a.geojson")
    code = f"from layers.reading import open_any; print(open_any({str(path)!r}).rows)"
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-"], input=code, env={**os.environ, "PYTHONPATH": root}, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "3"


def test_opening_a_file_loads_no_geodata_library_in_the_parent(tmp_path):
    path = write_geojson(tmp_path / "a.geojson")
    code = (
        "import sys; from layers.reading import open_any; from layers.readers import READERS;"
        f"open_any({str(path)!r});"
        "print({'pyogrio', 'fiona', 'PySide6', 'defusedxml'} & set(sys.modules))"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_every_reader_file_is_in_the_tuple_once():
    folder = Path(__file__).resolve().parents[2] / "layers" / "readers"
    files = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    assert {type(r).__module__.rpartition(".")[2] for r in READERS} == files
    assert len({r.id for r in READERS}) == len(READERS)
    tests = {p.stem.removeprefix("test_") for p in (Path(__file__).parent / "readers").glob("test_*.py")}
    assert files <= tests
    for reader in READERS:
        assert reader.title
        assert all(e.startswith(".") for e in reader.extensions)


def test_a_file_with_several_layers_says_which_one_was_read(tmp_path):
    for name, count in (("clinics", 3), ("schools", 2)):
        features = shapely.to_wkb(shapely.points(np.arange(count) + 36.0, np.full(count, 32.0)))
        pyogrio.raw.write(
            tmp_path / "two.gpkg", features, [np.arange(count)], ["n"], layer=name, driver="GPKG",
            geometry_type="Point", crs="EPSG:4326", append=name == "schools",
        )  # fmt: skip
    read = open_any(tmp_path / "two.gpkg")
    (doubt,) = [p for p in read.problems if p.code == "other_layers"]
    other = next(name for name in read.layers if name != read.layer)
    assert read.layer in doubt.what and other in doubt.what
    asked = open_any(tmp_path / "two.gpkg", ReadOptions(layer=other))
    assert not [p for p in asked.problems if p.code == "other_layers"]


def test_a_child_gets_ready_without_the_libraries_that_few_files_need():
    heavy = "{'pyproj', 'pyogrio', 'fiona', 'numba', 'openpyxl'}"
    said = subprocess.run(
        [sys.executable, "-c", f"import sys; from layers import readers; print({heavy} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        env=reading_process.child_environment(),
    )
    assert said.stdout.strip() == "set()"
