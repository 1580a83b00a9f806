"""Seeded mutations of valid files in every main format: whatever the bytes, features or a clear sentence.

Run with `python -m tests.fuzz.mutate --count 10000 --seconds 3000`. Every file is read by the code that the
reading child runs, in a long-lived child that is sacrificed when it crashes, hangs or swells (starting one
for each file would take most of the time); a sample, and everything that ended such a child, goes through
`open_any` itself. Anything else than features or `LayersError`, a row that is neither imported nor skipped,
a hang or more than 2 GB is a failure; the file is kept with `--keep`, and can be made again from its number.
"""

import argparse
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from layers.errors import LayersError
from layers.model import Mode, new_workspace
from layers.reading import Action, Imported, Limits, open_any
from layers.reading_process import child_environment

ROOT = Path(__file__).resolve().parents[2]
HANG_S = 20.0
"""Time for one file in the shared child; what takes longer is read again on its own, with the real limit."""
LIMIT_S = 60.0
MEMORY_BYTES = 2 << 30
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARCHIVES = (".zip", ".kmz", ".xlsx", ".ods")
_DRIVERS = {
    n: n.partition("_")[0] for n in ("dxf", "flatgeobuf", "gml", "mapinfo", "mapinfo_tab", "geodatabase")
}
"""GDAL keeps the one driver that its process was started for, so these need a child each."""
_INTERESTING = (
    *(b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\x7f"),
    *(b"\x00\x00\x00\x00\x00\x00\xf8\x7f", b"\x00\x00\x00\x00\x00\x00\xf0\x7f", b"1e999", b"-1", b"NaN"),
    *(b'"', b"<", b">", b"&", b"[" * 40, b"{", b"\xe2\x80\xae", b"\xed\xa0\x80", b"]]>", b"<!--"),
)
"""Values that parsers stumble over: extremes, NaN, brackets, marks of direction, half characters."""


@dataclass
class Outcome:
    """What became of one mutated file."""

    verdict: str
    """"features", "refused" (a clear sentence), or what is wrong."""
    detail: str = ""
    seconds: float = 0.0
    placed: int = 0
    """Rows that came in with a shape."""

    @property
    def is_fine(self) -> bool:
        return self.verdict in ("features", "refused")


@dataclass
class Summary:
    counts: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    """Crashes, hangs and memory of the parser that cost one clear sentence, by format."""
    failures: list[dict[str, object]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    done: int = 0


# --- mutations ----------------------------------------------------------------------------------


def mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    """Change a file by one to four strokes."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_STROKES)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    reach = chance.choice((len(data), len(data), min(len(data), 512)))
    for _ in range(chance.choice((1, 2, 8, 40))):
        changed[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    reach = chance.choice((len(data), min(len(data), 512)))
    place = chance.randrange(reach)
    value = chance.choice(_INTERESTING)
    return data[:place] + value + data[place + len(value) :]


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.7 else data[chance.randrange(64) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return (
        data[:place]
        + chance.choice((chance.randbytes(chance.randrange(1, 40)), *_INTERESTING))
        + data[place:]
    )


def _swap_chunks(data: bytes, chance: random.Random) -> bytes:
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    a, b, c, d = cuts
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _double_chunk(data: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    b = min(b, a + 4096)
    return data[:b] + data[a:b] * chance.choice((1, 1, 3)) + data[b:]


def _cut_out(data: bytes, chance: random.Random) -> bytes:
    a = chance.randrange(len(data) + 1)
    return data[:a] + data[a + chance.randrange(1, 200) :]


def _zero(data: bytes, chance: random.Random) -> bytes:
    a = chance.randrange(len(data) + 1)
    size = min(chance.randrange(1, 300), len(data) - a)
    return data[:a] + bytes([chance.choice((0, 0, 255, 32))]) * size + data[a + size :]


_STROKES = (
    _flip,
    _flip,
    _overwrite,
    _overwrite,
    _truncate,
    _insert,
    _swap_chunks,
    _double_chunk,
    _cut_out,
    _zero,
)


def mutate_archive(path: Path, chance: random.Random) -> None:
    """Change an archive's members: their bytes, their names, which ones there are, and their order."""
    with zipfile.ZipFile(path) as archive:
        members = [(m.filename, archive.read(m)) for m in archive.infolist() if not m.is_dir()]
    for _ in range(chance.choice((1, 1, 2))):
        what = chance.choice(("bytes", "bytes", "bytes", "drop", "swap", "rename", "double", "nest"))
        i, j = chance.randrange(len(members)), chance.randrange(len(members))
        name, data = members[i]
        if what == "bytes":
            members[i] = (name, mutate_bytes(data, chance))
        elif what == "drop" and len(members) > 1:
            del members[i]
        elif what == "swap":
            members[i], members[j] = (name, members[j][1]), (members[j][0], data)
        elif what == "rename":
            names = (
                name.upper(),
                f"../{name}",
                f"x/{name}",
                name + " ",
                members[j][0],
                name[:-1],
                "é" + name,
            )
            members[i] = (chance.choice(names), data)
        elif what == "double":
            members.append((chance.choice((name, "copy_" + name)), data))
        else:
            members[i] = (name, path.read_bytes())
    chance.shuffle(members) if chance.random() < 0.2 else None
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # two members of one name are wanted here
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def mutate_folder(folder: Path, lead: Path, chance: random.Random) -> None:
    """Change one of the files that make up a delivery (the main one most of the time)."""
    files = sorted(p for p in folder.iterdir() if p.is_file())
    target = lead if chance.random() < 0.6 or len(files) == 1 else chance.choice(files)
    if lead.suffix in ARCHIVES and chance.random() < 0.7:
        mutate_archive(lead, chance)
    elif target is not lead and chance.random() < 0.2:
        target.unlink()
    elif chance.random() < 0.05 and len(files) > 1:
        other = chance.choice(files)
        one, two = target.read_bytes(), other.read_bytes()
        target.write_bytes(two)
        other.write_bytes(one)
    else:
        target.write_bytes(mutate_bytes(target.read_bytes(), chance))


# --- judging ------------------------------------------------------------------------------------


def problems_of(imported: Imported) -> str:
    """Return what breaks the promise of a result: every row accounted for, every shape sound; "" if none."""
    import numpy as np
    import shapely

    skipped = [p.row for p in imported.problems if p.action is Action.SKIPPED]
    placed = [int(r) for r, g in zip(imported.row, imported.geometry, strict=True) if g is not None]
    if len(set(skipped)) != len(skipped):
        return "a row is skipped twice"
    if set(skipped) & set(placed):
        return "a row is imported and skipped"
    if len(skipped) + len(placed) != imported.rows:
        return f"{imported.rows} rows, but {len(placed)} imported and {len(skipped)} skipped"
    present = imported.geometry[~shapely.is_missing(imported.geometry)]
    if not shapely.is_valid(present).all():
        return "an invalid shape"
    bounds = shapely.bounds(present).reshape(-1, 4)
    if len(bounds) and (not np.isfinite(bounds).all() or (np.abs(bounds) > [180, 90, 180, 90]).any()):
        return "a shape that is not on the globe"
    if any(not p.what for p in imported.problems):
        return "a problem without a sentence"
    if any(len(column) != len(imported.row) for column in imported.columns.values()):
        return "a column of another length"
    return ""


def stored_problems(imported: Imported) -> str:
    """Import a result into a new workspace; return what breaks the promise of the report."""
    from layers.importing import add_to_workspace, guess_kind, guess_mapping
    from layers.kinds import spec_of

    kind = guess_kind(imported)
    workspace = new_workspace("Fuzz", Mode.TEST, NOW)
    mapping = guess_mapping(imported, spec_of(kind))
    _, report = add_to_workspace(workspace, imported, kind, mapping, now=NOW)
    said = json.loads(json.dumps(report.to_json()))
    if said["rows"] != said["imported"] + len(said["skipped"]):
        return f"report: {said['rows']} rows, {said['imported']} imported, {len(said['skipped'])} skipped"
    return ""


def judge(read: Callable[[], Imported]) -> Outcome:
    """Read a file and say what became of it."""
    begin, placed = time.monotonic(), 0
    try:
        imported = read()
        placed = sum(g is not None for g in imported.geometry)
        wrong = problems_of(imported) or stored_problems(imported)
        verdict, detail = ("wrong", wrong) if wrong else ("features", f"{len(imported)} rows")
    except LayersError as error:
        sentence = error.message.strip()
        is_sentence = len(sentence) > 15 and sentence[-1:] in ".?!" and "Traceback" not in sentence
        verdict, detail = ("refused", sentence) if is_sentence else ("no sentence", sentence)
    except MemoryError:
        verdict, detail = "memory", traceback.format_exc()[-1500:]
    except Exception:  # noqa: BLE001 - the very thing that is looked for
        verdict, detail = "traceback", traceback.format_exc()[-3000:]
    return Outcome(verdict, detail, time.monotonic() - begin, placed)


def judge_whole(path: Path) -> Outcome:
    """Read a file as the program does, in a child of its own, with the real limits."""
    outcome = judge(lambda: open_any(path))
    if outcome.seconds > LIMIT_S + 5:
        return Outcome("hang", f"{outcome.seconds:.0f} s", outcome.seconds)
    return outcome


# --- the sacrificial child ----------------------------------------------------------------------


def serve() -> None:
    """Read paths from standard input, one a line, and answer each with a verdict."""
    import resource

    from layers import reading_child
    from layers.reading import _belonging, _take
    from layers.reading_exchange import load, save

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits = Limits()

    def read(path: Path) -> Imported:
        with tempfile.TemporaryDirectory(prefix="deconflict-fuzz-", ignore_cleanup_errors=True) as name:
            job = Path(name)
            files, lead = _belonging(path, limits)
            members, digest = _take(path, files, lead, job, limits, time.monotonic() + 60, lambda *_: None)
            request = {"file": path.name, "sha256": digest, "members": members, "options": {}}
            save(reading_child._read(job, request, limits), job)
            return load(job)

    for line in sys.stdin:
        path = Path(json.loads(line))
        outcome = judge(lambda path=path: read(path))
        sys.stdout.write(json.dumps(vars(outcome)) + "\n")
        sys.stdout.flush()


class Sacrifice:
    """The long-lived child, started again whenever a file has ended it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0

    def judge(self, path: Path) -> Outcome:
        """Judge one file in the child; "ended" when the child did not survive it."""
        child = self._running()
        begin = time.monotonic()
        child.stdin.write(json.dumps(str(path)).encode() + b"\n")
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], HANG_S)
        line = child.stdout.readline() if ready else b""
        self._served += 1
        if line:
            outcome = Outcome(**json.loads(line))
            if outcome.verdict == "memory" or self._served > 400:
                self.close()
            return outcome
        why = "ended" if not ready or child.poll() is None else f"ended with {child.poll()}"
        self.close()
        return Outcome("ended", why, time.monotonic() - begin)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            environment = child_environment()
            environment["PYTHONWARNINGS"] = "ignore"
            self._child = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.mutate", "--serve"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
            self._served = 0
        return self._child

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child.stdin.close()
            self._child.stdout.close()
            self._child = None


# --- the run ------------------------------------------------------------------------------------


def cases(formats: list[str], count: int, seed: int) -> Iterator[tuple[str, int]]:
    """Yield (format, number) round robin, so that a time budget cuts all formats alike."""
    for number in range(count):
        yield formats[number % len(formats)], seed * 1_000_003 + number


def make_case(originals: Path, into: Path, name: str, number: int) -> Path:
    """Write the mutated file of this number; the same every time."""
    shutil.copytree(originals / name, into)
    lead = next(p for p in into.iterdir() if p.name == (originals / f"{name}.lead").read_text())
    mutate_folder(into, lead, random.Random(number ^ zlib.crc32(name.encode())))
    return lead


def write_originals(folder: Path, formats: list[str]) -> None:
    """Write the valid files that are mutated."""
    from tests.fuzz.seeds import SEEDS

    for name in formats:
        (folder / name).mkdir()
        (folder / f"{name}.lead").write_text(SEEDS[name](folder / name).name)


def run(
    formats: list[str],
    count: int,
    seconds: float,
    seed: int,
    *,
    keep: Path | None = None,
    whole_every: int = 50,
) -> Summary:
    """Mutate and read until `count` or the time is reached."""
    summary, end = Summary(), time.monotonic() + seconds
    sacrifices: dict[str, Sacrifice] = {}
    with tempfile.TemporaryDirectory(prefix="deconflict-mutate-") as name:
        folder = Path(name)
        write_originals(folder, formats)
        try:
            for number, (format_, case) in enumerate(cases(formats, count, seed)):
                if time.monotonic() > end:
                    break
                into = folder / "case"
                path = make_case(folder, into, format_, case)
                sacrifice = sacrifices.setdefault(_DRIVERS.get(format_, ""), Sacrifice())
                outcome = sacrifice.judge(path)
                if outcome.verdict in ("ended", "memory"):
                    summary.survived[format_] += 1
                    outcome = judge_whole(path)
                elif number % whole_every == whole_every - 1 and outcome.is_fine:
                    outcome = judge_whole(path)
                _count(summary, format_, case, outcome)
                if not outcome.is_fine and keep is not None:
                    shutil.copytree(into, keep / f"{format_}-{case}", dirs_exist_ok=True)
                shutil.rmtree(into)
        finally:
            for sacrifice in sacrifices.values():
                sacrifice.close()
    return summary


def _count(summary: Summary, format_: str, case: int, outcome: Outcome) -> None:
    summary.done += 1
    summary.counts[f"{format_}: {outcome.verdict}"] += 1
    summary.slowest = max(summary.slowest, (outcome.seconds, f"{format_} {case}"))
    if not outcome.is_fine:
        summary.failures.append({"format": format_, "case": case, **vars(outcome)})


def main() -> int:
    if sys.argv[1:] == ["--serve"]:
        serve()
        return 0
    from tests.fuzz.seeds import SEEDS  # loads GDAL, which the sacrificed child must do for itself

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3_600.0)
    parser.add_argument(
        "--format", action="append", choices=list(SEEDS), help="only this format (repeatable)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that fail")
    arguments = parser.parse_args()
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    summary = run(
        arguments.format or list(SEEDS),
        arguments.count,
        arguments.seconds,
        arguments.seed,
        keep=arguments.keep,
    )
    for key, number in sorted(summary.counts.items()):
        print(f"{number:7,}  {key}")
    for name, number in sorted(summary.survived.items()):
        print(f"{number:7,}  {name}: the parser crashed, hung or swelled, and it cost one sentence")
    print(f"{summary.done:,} files; slowest {summary.slowest[0]:.1f} s ({summary.slowest[1]})")
    alike: dict[str, list[str]] = {}
    for failure in summary.failures:
        last = " | ".join(line.strip() for line in str(failure["detail"]).strip().splitlines()[-3:])
        alike.setdefault(f"{failure['verdict']}: {last}", []).append(f"{failure['format']}-{failure['case']}")
    for what, where in sorted(alike.items(), key=lambda item: -len(item[1])):
        print(f"{len(where):7,}  {what[:600]}\n         {', '.join(where[:4])}")
    print(f"{len(summary.failures)} failures")
    return 1 if summary.failures else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
