"""The audit of a release: what its content mentions, and what its files turn out to hold.

First the content: a military zone's own words or shape inside an allowed field would leave legitimately, so
it refuses the release and names the feature to correct. Then the files, opened as a recipient would: every
position must be a released one, and no withheld value may be found in any text, table, zip member or byte.

What is not an alarm, because it says nothing about the workspace: values shorter than 4 characters and
numbers of fewer than 5 digits; entries of code lists; what also stands in an allowed field of the release;
and what an empty product of the same profile holds as well (words of the page's own labels, of a GeoPackage's
tables). The login name, the computer and its folders are searched for even in what every product holds,
unless they are one of the formats' own words ("user", "data").

What is a zone's value but not a mention of the zone: a short name of everyday words ("Zone 1", "North"), the
name of a town that the product's own map shows, and a contact that is also stated as a feature's own contact.
A partner's "Zone 1 hospital" or "Mafraq school" says nothing of a zone of that name, and a gate that refuses
every release in Mafraq would be switched off. Any other name, unit or remark in an allowed field refuses.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import coordinates
from layers.errors import LayersError, ReleaseRefusedError
from layers.kinds import KINDS
from layers.release_folder import MANIFEST, write_manifest
from layers.release_scan import Needles, Phrases, Positions, folded, position_keys, strange_positions
from layers.released import (
    Gate,
    ReadableLayer,
    Release,
    ReleasedColumn,
    ReleasedLayer,
    Secret,
    Writer,
    vertices_of,
)

_APART = "\0"
"""Between texts searched together: the end of one and the start of the next are no hit."""
_SHARED_CORNERS = 3
"""A released shape that has this many corners of a zone repeats it; one or two may be a common border."""
_NOTATION = re.compile(
    r"""\b\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?:\d{4}|\d{6}|\d{8}|\d{10}|\d{2,5}\s\d{2,5})\b  # MGRS
      | \b\d{1,2}\s?(?:[C-HJ-NP-X]|NORTH|SOUTH)\s+\d{6}[\d.]{0,9}\s?M?E?,?\s+\d{6}[\d.]{0,9}\s?M?N?\b  # UTM
      # degrees, minutes, seconds
      | \d{1,3}\s?°[^\n\w]{0,4}\d{1,2}[\d.]{0,12}[^\n\w]{0,4}(?:\d{1,2}[\d.]{0,12}[^\n\w]{0,4})?[NSEW]\W{1,6}
        \d{1,3}\s?°[^\n\w]{0,4}\d{1,2}[\d.]{0,12}[^\n\w]{0,4}(?:\d{1,2}[\d.]{0,12}[^\n\w]{0,4})?[NSEW]""",
    re.VERBOSE,
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{3})")
_BOX = shapely.box(0, 0, 1, 1)
_DUMMIES = {
    "Point": shapely.Point(0, 0),
    "LineString": _BOX.exterior,
    "Polygon": _BOX,
    "MultiPoint": shapely.MultiPoint([(0, 0)]),
    "MultiLineString": shapely.MultiLineString([_BOX.exterior.coords]),
    "MultiPolygon": shapely.MultiPolygon([_BOX]),
}
_COMPASS = "north south east west northern southern eastern western central centre upper lower new old"
_PLACES = "zone zones area areas sector sectors block blocks point site sites main part phase district"
_FORMAT_WORDS = (
    "about application area areas attributes audience auto body cells center charset city class "
    "color columns contact container content coordinate create credit data datetime default degree "
    "delete description device document encoding enter exercise extent feature features file files "
    "fill find first folder font form format frame geometry grid ground head header height help html "
    "http identifier information initial input insert integer item json label land layer layers left "
    "legend maximum military mode name natural none north note number office officer only open "
    "organisation path place places planning point policy polygon position product properties "
    "protect read reason reference release replace role rows safe scale school scope script search "
    "security select site sites size source span staff status strong style system table text time "
    "title transform trigger true type unique unit update user using valid value values version view "
    "viewer viewport water width window words working write zoom"
)
"""Words of the formats themselves: one of these as a login or computer name is found in every product."""
_FINE_M = 150.0
"""A written position coarser than this tells less than an avoid area does."""
_DEGREE_M = 111_195.0


class Audit:
    """Searches one release for what must not leave with it."""

    def __init__(self, release: Release, machine: Sequence[Secret]) -> None:
        gate = release._gate
        self._release = release
        self._machine = tuple(s for s in machine if folded(s.text) not in _FORMAT_WORDS.split())
        self._constants = {folded(text) for text in gate.constants}
        unique = {
            secret.text: secret for secret in gate.secrets if folded(secret.text) not in self._constants
        }
        unique |= {s.text: s for s in gate.secrets if s.military and folded(s.text) not in self._constants}
        self._secrets = (*unique.values(), *self._machine)
        self._needles = Needles([secret.text for secret in self._secrets])
        self._own = [vertices_of(layer.geometry) for layer in release.layers]
        zone_points = vertices_of(gate.zones)
        if len(gate.zones):
            zone_points = np.concatenate([zone_points, vertices_of(shapely.centroid(gate.zones))])
        zone_points = zone_points[np.isfinite(zone_points).all(axis=1)]
        self._positions = Positions(zone_points, self._released_points)

    @cached_property
    def _released_points(self) -> Any:
        return np.concatenate([np.empty((0, 2)), *self._own])

    @cached_property
    def _allowed_points(self) -> Any:
        """Every position that may stand in a file as text: released ones, and the background's."""
        background = self._release.background
        land = np.round(vertices_of(background.land), 4)
        places = np.array([[lon, lat] for _, lon, lat in background.places], dtype=float).reshape(-1, 2)
        return np.concatenate([self._released_points, land, np.round(places, 5)])

    # ------------------------------------------------------------ the content

    def check_content(self) -> None:
        """Refuse a release whose allowed fields or shapes tell of a military zone.

        Raises
        ------
        ReleaseRefusedError
            Names the features and fields to correct, at most five.
        """
        found = [*self._mentions(), *self._repeated_zones()]
        if found:
            more = f" And {len(found) - 5} more." if len(found) > 5 else ""
            raise ReleaseRefusedError(
                f"Nothing was released: {' '.join(found[:5])}{more}",
                "Correct these features, label them so that this audience does not receive them, or rename "
                "a zone whose name is an everyday word.",
            )

    def _mentions(self) -> Iterator[str]:
        military = [s for s in self._secrets if s.military and self._is_distinctive(s.text)]
        phrases = Phrases((secret.text, secret.what) for secret in military)
        paths = [s for s in self._machine if "/" in s.text or "\\" in s.text]
        folders = [re.compile(rf"(?<!\w){re.escape(folded(s.text))}(?!\w)") for s in paths]
        contacts = {folded(s.text) for s in self._release._gate.secrets if s.what.startswith("the contact")}
        for layer, column, i, text in _texts_of_partners(self._release.layers):
            plain = folded(text)
            if plain in self._constants:
                continue
            own_contact = column.name == "contact" and plain in contacts
            mentioned = None if own_contact else phrases.first_in(text)
            if mentioned:
                yield _sentence(layer, i, column.label, f'mentions "{mentioned[0][:60]}", {mentioned[1]}.')
            elif any(folder.search(plain) for folder in folders):
                yield _sentence(layer, i, column.label, "mentions a folder of this computer.")
            elif self._gives_position(text):
                yield _sentence(layer, i, column.label, "gives the position of a military zone.")

    def _is_distinctive(self, text: str) -> bool:
        """Tell whether a partner's text that holds this value of a zone speaks of the zone."""
        if folded(text) in self._towns:
            return False
        words = re.findall(r"\w+", folded(text))
        if len(words) > 3:
            return True
        everyday = _everyday_words()
        return any(word not in everyday and not _is_counter(word) for word in words)

    @cached_property
    def _towns(self) -> set[str]:
        return {folded(name) for name, _, _ in self._release.background.places}

    def _gives_position(self, text: str) -> bool:
        text = _western(text)
        for written in (text, _DECIMAL_COMMA.sub(".", text)):
            if self._positions.in_text(written.encode("utf-8", "replace"), 3, self._released_points):
                return True
        for match in _NOTATION.finditer(text.upper()):
            try:
                position = coordinates.parse(match[0])
            except LayersError:
                continue
            reach_deg = (position.uncertainty_m * 1.5 + 1.0) / _DEGREE_M
            if position.uncertainty_m <= _FINE_M and self._positions.near(
                position.lon, position.lat, reach_deg
            ):
                return True
        return False

    def _repeated_zones(self) -> Iterator[str]:
        """Find released shapes that are a zone's shape under another name."""
        gate = self._release._gate
        corners = [_corners(zone) for zone in gate.zones]
        owners: dict[int, list[int]] = {}
        for number, keys in enumerate(corners):
            for key in keys.tolist():
                owners.setdefault(key, []).append(number)
        for layer in self._release.layers:
            if layer.id == "avoid_areas" or not owners:
                continue
            points, row = shapely.get_coordinates(layer.geometry, return_index=True)
            shared: dict[tuple[int, int], set[int]] = {}
            for key, i in zip(position_keys(points).tolist(), row.tolist(), strict=True):
                for zone in owners.get(key, ()):
                    shared.setdefault((i, zone), set()).add(key)
            for (i, zone), common in shared.items():
                if len(common) >= min(_SHARED_CORNERS, len(corners[zone])):
                    yield _sentence(layer, i, "its shape", "repeats the shape of a military zone.")

    # -------------------------------------------------------------- the files

    def check_files(
        self, writers: Sequence[Writer], place: Path, scratch: Path
    ) -> list[tuple[str, tuple[ReadableLayer, ...]]]:
        """Read every file in `place` and return what a recipient can read in each.

        Parameters
        ----------
        scratch : Path
            An empty place outside `place`, for products without content to compare with.

        Raises
        ------
        ReleaseRefusedError
            When a file holds what was withheld, or is not one that was meant to be written.
        """
        readable: list[tuple[str, tuple[ReadableLayer, ...]]] = []
        leaks: list[str] = []
        expected = {f"{self._release.number}{writer.extension}": writer for writer in writers}
        for path in sorted(place.iterdir()):
            if path.name in expected:
                layers, found = self._check_product(expected[path.name], path, scratch)
            elif path.name == MANIFEST:
                layers, found = (), self._check_manifest(path, writers, scratch)
            else:
                raise ReleaseRefusedError(
                    f"An unexpected file was written: {path.name}.", "Nothing was released."
                )
            readable.append((path.name, layers))
            leaks += found
        if leaks:
            raise ReleaseRefusedError(
                f"Nothing was released: {' '.join(leaks[:5])}",
                "Withheld content would have left. Report this as an error of the program.",
            )
        return readable

    def _check_product(
        self, writer: Writer, path: Path, scratch: Path
    ) -> tuple[tuple[ReadableLayer, ...], list[str]]:
        read = writer.read_back(path)
        constants = writer.constants()
        blank = scratch / f"blank{writer.extension}"
        writer.write(self._blank, blank)
        said = self._found(blank.read_bytes(), writer.read_back(blank).texts, constants)
        leaks = self._leaks_in(path, read.texts, said, constants)
        if strange_positions(read.vertices, self._released_points):
            leaks.append(f"{path.name} holds positions that are not part of the release.")
        return read.layers, leaks

    def _check_manifest(self, path: Path, writers: Sequence[Writer], scratch: Path) -> list[str]:
        write_manifest(self._blank, [(writer.id, "", "") for writer in writers], scratch)
        said = self._found((scratch / MANIFEST).read_bytes(), (), ())
        return self._leaks_in(path, (), said, ())

    def _leaks_in(
        self, path: Path, texts: Sequence[str], said: set[int], constants: Sequence[str]
    ) -> list[str]:
        """Return what a file tells; `said` is what its counterpart without content says as well."""
        data = path.read_bytes()
        found = self._found(data, texts, constants) - self._explained - (said - self._machine_numbers)
        leaks = [
            f'{path.name} contains "{self._secrets[n].text[:40]}", {self._secrets[n].what}.' for n in found
        ]
        blobs = [data, *(member for _, member in _members(data))]
        written = [*blobs, "\n".join(texts).encode("utf-8", "replace")]
        if any(self._positions.in_text(blob, 5, self._allowed_points) for blob in written) or any(
            self._positions.in_binary(blob) for blob in blobs if not _as_text(blob)
        ):
            leaks.append(f"{path.name} contains an exact position of a military zone.")
        return leaks

    def _found(self, data: bytes, texts: Iterable[str], constants: Sequence[str]) -> set[int]:
        """Return the numbers of the secrets in a file: its texts, bytes, and unpacked members."""
        together = _APART.join(texts)
        for constant in constants:
            data = data.replace(constant.encode("utf-8"), _APART.encode())
            together = together.replace(constant, _APART)
        found = self._needles.in_text(together) | self._needles.in_bytes(data)
        for name, member in [("", data), *_members(data)]:
            found |= self._needles.in_bytes(member)
            found |= self._needles.in_text(f"{name}\n{_as_text(member)}")
        return found

    @cached_property
    def _machine_numbers(self) -> set[int]:
        return set(range(len(self._secrets) - len(self._machine), len(self._secrets)))

    @cached_property
    def _explained(self) -> set[int]:
        """Values that also stand in an allowed field: finding them in a file tells nothing more."""
        texts = [text for _, _, _, text in _texts_of(self._release.layers)]
        texts += [str(value) for value in self._release.information().values()]
        texts += [name for name, _, _ in self._release.background.places]
        texts += self._release._gate.constants
        together = _APART.join(texts)
        found = self._needles.in_text(together) | self._needles.in_bytes(together.encode("utf-8", "replace"))
        # A partner's columns often hold the coordinates that are released as the feature's own place.
        numbers = set(np.round(self._allowed_points, 7).ravel().tolist())
        return found | {n for n, secret in enumerate(self._secrets) if _as_degrees(secret.text) in numbers}

    @cached_property
    def _blank(self) -> Release:
        """The release with dummies for content: what its products hold tells of no workspace."""
        nothing = Gate((), np.empty(0, dtype=object), ())
        layers = tuple(_dummy(layer) for layer in self._release.layers)
        return replace(self._release, layers=layers, withheld=(), by="", _gate=nothing)


@cache
def _everyday_words() -> frozenset[str]:
    """Return the words by which people name and number anything: those of the code lists, and directions."""
    texts = [_COMPASS, _PLACES]
    for spec in KINDS:
        texts += [spec.title, spec.title_plural, *(code.label for code in spec.categories)]
    return frozenset(re.findall(r"\w+", folded(" ".join(texts))))


def _western(text: str) -> str:
    """Return text with the digits, signs and decimal points that coordinates are read with."""
    text = unicodedata.normalize("NFKC", text).replace("\u066b", ".")
    return "".join(str(unicodedata.digit(c)) if not c.isascii() and c.isdigit() else c for c in text)


def _is_counter(word: str) -> bool:
    """Tell whether a word only counts: a letter, or a number of up to three digits."""
    return len(word) == 1 or (word.isdigit() and len(word) <= 3)


def _as_degrees(text: str) -> float | None:
    return round(float(text), 7) if re.fullmatch(r"-?\d{1,3}\.\d+", text) else None


def _corners(geometry: Any) -> NDArray[np.uint64]:
    points = shapely.get_coordinates(geometry)
    return np.unique(position_keys(points[np.isfinite(points).all(axis=1)]))


def _dummy(layer: ReleasedLayer) -> ReleasedLayer:
    """Return a layer with one empty feature for each type of geometry: only the format's own words remain."""
    _, rows = np.unique(shapely.get_type_id(layer.geometry), return_index=True)
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [_DUMMIES[item.geom_type] for item in layer.geometry[rows]]
    empty = np.full(len(rows), None, dtype=object)
    columns = tuple(replace(column, values=empty) for column in layer.columns)
    symbols = tuple(layer.symbols[i] for i in rows)
    return replace(layer, geometry=geometry, columns=columns, symbols=symbols)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    """Return the unpacked members of a zip; nothing for any other file."""
    if not data.startswith(b"PK\x03\x04"):
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _as_text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:  # a binary file: its texts come from reading it back
        return ""


def _texts_of(layers: Iterable[ReleasedLayer]) -> Iterator[tuple[ReleasedLayer, ReleasedColumn, int, str]]:
    for layer in layers:
        for column in layer.columns:
            for i, value in enumerate(column.values):
                if isinstance(value, str) and value:
                    yield layer, column, i, value


def _texts_of_partners(
    layers: Iterable[ReleasedLayer],
) -> Iterator[tuple[ReleasedLayer, ReleasedColumn, int, str]]:
    """Yield released texts that people wrote: not ids minted here, times, or the reason of an avoid area."""
    for layer in layers:
        written = [
            c for c in layer.columns if c.type == "text" and c.name not in ("id", "category", "reason")
        ]
        yield from _texts_of([replace(layer, columns=tuple(written))])


def _sentence(layer: ReleasedLayer, i: int, field: str, what: str) -> str:
    column = layer.column("name")
    name = str(column.values[i]) if column is not None and column.values[i] else f"number {i + 1}"
    return f'{layer.title}, "{name[:60]}": {field.lower()} {what}'
