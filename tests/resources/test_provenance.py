"""Everything shipped says where it came from, under which licence, and stays small."""

import hashlib
import re
from pathlib import Path

import pytest

from resources.build.archives import ARCHIVES, fetch

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
TEXT = (RESOURCES / "PROVENANCE.md").read_text(encoding="utf-8")


def _shipped() -> list[str]:
    ignored = {"__pycache__", "__init__.py", "PROVENANCE.md"}
    return sorted(item.name for item in RESOURCES.iterdir() if item.name not in ignored)


@pytest.mark.parametrize("name", _shipped())
def test_provenance_names_every_shipped_folder_and_file(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}[/`]", TEXT), f"{name} is not in PROVENANCE.md"


@pytest.mark.parametrize("package", sorted(ARCHIVES))
def test_provenance_names_every_package_with_version_and_digest(package: str) -> None:
    archive = ARCHIVES[package]
    assert f"`{package}` | {archive.version} |" in TEXT
    assert f"| `{archive.file}` | `{archive.sha256}` |" in TEXT


def test_every_licence_named_is_there_and_every_one_there_is_named() -> None:
    named = set(re.findall(r"`([\w-]+-(?:MIT|CC0|ISC|BSD-2|OFL)\.(?:txt|md))`", TEXT))
    there = {path.name for path in (RESOURCES / "licences").iterdir()}
    assert named == there
    assert all(len((RESOURCES / "licences" / name).read_text(encoding="utf-8")) > 500 for name in there)
    assert "SIL OPEN FONT LICENSE" in (RESOURCES / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "BSD 2-Clause" in (RESOURCES / "web" / "leaflet" / "LICENSE").read_text(encoding="utf-8")


def test_shipped_data_stay_small() -> None:
    files = [path for path in RESOURCES.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 14_000_000
    assert (RESOURCES / "basemap.gpkg").stat().st_size < 8_000_000
    assert sum(path.stat().st_size for path in (RESOURCES / "fonts").iterdir()) < 3_000_000


def test_an_archive_with_other_bytes_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DECONFLICT_BUILD_CACHE", str(tmp_path))
    (tmp_path / ARCHIVES["leaflet"].file).write_bytes(b"something else")
    with pytest.raises(ValueError, match=hashlib.sha256(b"something else").hexdigest()):
        fetch("leaflet")


def test_leaflet_is_the_version_that_folium_expects() -> None:
    folium = pytest.importorskip("folium")
    wanted = next(url for name, url in folium.Map.default_js if name == "leaflet")
    assert f"leaflet@{ARCHIVES['leaflet'].version}/" in wanted
