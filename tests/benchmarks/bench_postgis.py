"""PostGIS beside this engine: a cluster of its own in a scratch folder, on a socket there, then removed.

Part of `bench_engine.py`. Tables are indexed and analysed; what is timed is one warm statement for each
check. Geometry is in one UTM zone; geography, which is slow, takes a share of the zones and is scaled up.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import shapely

from layers.model import Kind

_TABLES = {
    Kind.HUMANITARIAN_SITE: "sites",
    Kind.MILITARY_ZONE: "zones",
    Kind.NO_STRIKE_AREA: "areas",
    Kind.MOVEMENT: "routes",
}
_CHECKS = {
    "stand-off": "SELECT count(*) FROM {zones} z JOIN sites s ON ST_DWithin(z.{g}, s.{g}, 500)",
    "overlap": "SELECT sum(ST_Area(ST_Intersection(z.{g}, a.{g}))) FROM {zones} z JOIN areas a"
    " ON ST_Intersects(z.{g}, a.{g})",
    "crossing": "SELECT sum(ST_Length(ST_Intersection(r.{g}, z.{g}))) FROM {zones} z JOIN routes r"
    " ON ST_Intersects(r.{g}, z.{g})",
}


def _programs() -> Path | None:
    """Return the folder of the programs of the newest server that has PostGIS; None without one."""
    versions = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    found = [Path("/usr/lib/postgresql") / path.parts[-3] / "bin" for path in versions]
    found = [programs for programs in found if (programs / "initdb").exists()]
    return found[-1] if found and shutil.which("psql") else None


class Cluster:
    """A running server that listens on a socket in its own folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        root = os.getuid() == 0  # the server refuses to run as root
        self.user = "postgres" if root else pwd.getpwuid(os.getuid()).pw_name
        self._as = ["runuser", "-u", "postgres", "--"] if root else []
        if root:
            shutil.chown(folder, "postgres")
            folder.chmod(0o755)

    def run(self, *command: str, given: str | None = None) -> str:
        done = subprocess.run(
            [*self._as, *command], input=given, capture_output=True, text=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")
        return done.stdout

    def sql(self, text: str) -> str:
        options = ("-d", "postgres", "-U", self.user, "-qAtX", "-v", "ON_ERROR_STOP=1")
        return self.run("psql", "-h", str(self.folder), *options, given=text)

    def start(self) -> None:
        data = str(self.folder / "data")
        self.run(str(self.programs / "initdb"), "-D", data, "-A", "peer", "-U", self.user, "--no-sync")
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c jit=off"
        settings += " -c shared_buffers=512MB -c work_mem=64MB"
        log = str(self.folder / "log")
        self.run(str(self.programs / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", settings, "start")

    def stop(self) -> None:
        self.run(str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def fill(self, shapes: dict[Kind, np.ndarray], share: float) -> None:
        self.sql("CREATE EXTENSION postgis;")
        for kind, name in _TABLES.items():
            rows = "\n".join(shapely.to_wkb(shapes[kind], hex=True))
            self.sql(
                f"CREATE TABLE {name} (g geometry);\nCOPY {name} FROM stdin;\n{rows}\n\\.\n"
                f"ALTER TABLE {name} ADD id serial, ADD flat geometry, ADD round geography;\n"
                f"UPDATE {name} SET flat = ST_Transform(ST_SetSRID(g, 4326), 32635),"
                f" round = ST_SetSRID(g, 4326)::geography;\n"
                f"CREATE INDEX ON {name} USING gist (flat); CREATE INDEX ON {name} USING gist (round);\n"
                f"VACUUM ANALYZE {name};"
            )
        count = max(round(len(shapes[Kind.MILITARY_ZONE]) * share), 1)
        self.sql(
            f"CREATE TABLE few AS SELECT * FROM zones WHERE id <= {count};"
            "CREATE INDEX ON few USING gist (round); ANALYZE few;"
        )

    def timed(self, statement: str) -> tuple[float, float]:
        """Run a statement twice; return what the second took, in seconds, and its answer."""
        told = self.sql(f"{statement};\n\\timing on\n{statement};\n")
        milliseconds = re.findall(r"Time: ([\d.]+) ms", told)
        return float(milliseconds[-1]) / 1e3, float(told.splitlines()[0] or 0)


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="postgis-") as folder:
        server = Cluster(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def measured(
    shapes: dict[Kind, np.ndarray], share: float
) -> list[tuple[str, list[float], list[float]]] | None:
    """Return names of engines, seconds and answers of each task; None where it is not installed."""
    programs = _programs()
    if programs is None:
        return None
    rows = []
    with cluster(programs) as server:
        server.fill(shapes, share)
        version = server.sql("SELECT postgis_lib_version();").strip()
        for name, column, zones, factor in (
            ("geometry (UTM 35N)", "flat", "zones", 1.0),
            (f"geography, x {1 / share:.0f}", "round", "few", 1 / share),
        ):
            found = [server.timed(check.format(g=column, zones=zones)) for check in _CHECKS.values()]
            seconds = [took * factor for took, _ in found]
            answers = [answer * factor for _, answer in found]
            rows.append((f"PostGIS {version} {name}", seconds, answers))
    return rows
