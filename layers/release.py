"""The release gate: the only way out of a workspace.

`build` makes a new dataset of what a profile allows; `hand_over` writes it, opens every file as its
recipient would, searches it for what must not leave, and only then puts it where it was asked for.
"""

import getpass
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from layers.errors import ReleaseRefusedError
from layers.kinds import KINDS
from layers.model import Mode, ReleaseRecord, Workspace, geometry_column
from layers.profiles import Profile, load_profiles
from layers.progress import Progress, silent
from layers.release_background import background
from layers.release_folder import NamedFile, describe, put_in_place, replaceable, write_manifest
from layers.release_selection import Selection, select
from layers.release_text import clean_text, searchable
from layers.released import (
    _SEAL,
    Gate,
    ReadableLayer,
    Release,
    ReleasedLayer,
    Secret,
    Withheld,
)

__all__ = [
    "AuditedFile",
    "HandedOver",
    "Profile",
    "Release",
    "ReleasedFile",
    "ReleasedLayer",
    "Withheld",
    "build",
    "hand_over",
    "load_profiles",
]

_PREFIX = {Mode.REAL: "DC", Mode.EXERCISE: "EX", Mode.TEST: "TEST"}
_TITLE = "Deconfliction overlay"
_SOURCES = "Compiled by the issuing headquarters from information given by partners"


def build(
    workspace: Workspace, profile: Profile, *, now: datetime, by: str = "", progress: Progress = silent
) -> Release:
    """Return what `profile` lets out of `workspace`, as a new dataset.

    Parameters
    ----------
    now : datetime
        Aware; the as-of time. Only what holds then or later is released.
    by : str
        Who releases; recorded in the workspace, never in a product.

    Raises
    ------
    ReleaseRefusedError
        When an avoid area does not contain what it stands for.
    """
    progress(0, 2, "Choosing what may leave")
    selection = select(workspace, profile, now)
    progress(1, 2, "Preparing the background")
    earlier = [record for record in workspace.releases if record.profile == profile.id]
    layers = tuple(selection.layers)
    release = Release(
        number=f"{_PREFIX[workspace.mode]}-{now.year}-{len(earlier) + 1:03d}-{profile.id.upper()}",
        supersedes=earlier[-1].number if earlier else "",
        profile=profile.id,
        title=clean_text(workspace.title) if profile.workspace_title else _TITLE,
        audience=profile.audience,
        marking=profile.marking,
        mode=workspace.mode,
        as_of=now.replace(microsecond=0),
        valid_until=now.replace(microsecond=0) + timedelta(hours=profile.valid_hours),
        caveats=profile.caveats,
        contact=profile.contact,
        sources=_attributions(workspace, profile, selection),
        formats=profile.formats,
        layers=layers,
        background=background(layers),
        withheld=selection.withheld_list(),
        by=by,
        approver_required=profile.approver_required,
        _gate=_gate(workspace, profile, selection, by),
        _seal=_SEAL,
    )
    progress(2, 2, "Ready")
    return release


def _attributions(workspace: Workspace, profile: Profile, selection: Selection) -> tuple[str, ...]:
    """Name the partners whose features leave as themselves, where the profile allows names at all."""
    if not profile.partner_names:
        return (_SOURCES,)
    partners = {clean_text(s.partner) for s in workspace.sources if s.id in selection.sources} - {""}
    return tuple(sorted(partners)) or (_SOURCES,)


def _gate(workspace: Workspace, profile: Profile, selection: Selection, by: str) -> Gate:
    secrets = list(selection.secrets)
    for source in workspace.sources:
        secrets += _secrets("the name of a partner's file", source.file, Path(source.file).stem)
        if not profile.partner_names or source.id not in selection.sources:
            secrets += _secrets("the name of a partner", source.partner)
    secrets += _secrets("the id of the workspace", workspace.id)
    if not profile.workspace_title and len(workspace.title.split()) > 1:
        secrets += _secrets("the title of the workspace", workspace.title)
    secrets += _secrets("the name of the person releasing", by)
    constants = [_TITLE, _SOURCES, profile.title, profile.audience, profile.marking, profile.contact]
    constants += [*profile.caveats, profile.avoid_area.reason, profile.id]
    for spec in KINDS:
        constants += [spec.kind.value, spec.title, spec.title_plural, spec.help]
        fields = [code for item in spec.fields for code in item.codes]
        constants += [text for code in (*spec.categories, *fields) for text in (code.id, code.label)]
        constants += [text for item in spec.fields for text in (item.name, item.label)]
    return Gate(tuple(secrets), geometry_column(selection.zones), tuple(constants))


def _secrets(what: str, *values: str) -> list[Secret]:
    return [Secret(text, what) for value in values if (text := searchable(value))]


# ---------------------------------------------------------------- handing over


@dataclass(frozen=True)
class ReleasedFile:
    """One file that was handed over."""

    path: Path
    sha256: str
    format: str


@dataclass(frozen=True)
class AuditedFile:
    """What the gate read in a file, as its recipient will; a file with leaks is never handed over."""

    file: str
    readable: tuple[ReadableLayer, ...]
    leaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandedOver:
    """A release that left: its files, what can be read in them, and the record to keep."""

    release: Release
    files: tuple[ReleasedFile, ...]
    audit: tuple[AuditedFile, ...]
    record: ReleaseRecord

    def to_json(self) -> dict[str, Any]:
        """Return the result as `deconflict release --json` writes it."""
        return {
            "release": self.release.number,
            "profile": self.release.profile,
            "files": [
                {"path": str(file.path), "sha256": file.sha256, "format": file.format} for file in self.files
            ],
            "withheld": [
                {"what": item.what, "count": item.count, "why": item.why} for item in self.release.withheld
            ],
            "audit": [
                {
                    "file": item.file,
                    "readable": [
                        {"layer": layer.name, "features": layer.features, "fields": list(layer.fields)}
                        for layer in item.readable
                    ],
                    "leaks": list(item.leaks),
                }
                for item in self.audit
            ],
        }


def hand_over(
    release: Release,
    folder: Path,
    formats: Sequence[str] | None = None,
    *,
    approve_as: str = "",
    progress: Progress = silent,
) -> HandedOver:
    """Write a release into `folder`, after proving that nothing withheld can be read in any file of it.

    Parameters
    ----------
    folder : Path
        New, empty, or holding an earlier release, which is replaced.
    formats : sequence of str, optional
        Ids of formats; all formats of the profile when not given.
    approve_as : str
        Who stands for the release; some profiles require a name.

    Raises
    ------
    ReleaseRefusedError
        When something withheld was found, a format is not the profile's, a name is missing, or the folder
        holds other files. The folder is untouched then.
    """
    from layers.release_audit import Audit

    writers = _writers(release, formats)
    if release.approver_required and not approve_as.strip():
        raise ReleaseRefusedError(
            "This audience needs a named person who approves the release.", "Give the name of the approver."
        )
    stale = replaceable(folder)
    audit = Audit(release, _machine_secrets(folder))
    audit.check_content()
    folder.parent.mkdir(parents=True, exist_ok=True)
    steps = len(writers) + 1
    # Beside the target, so that putting the files in place is a rename on the same disk.
    with tempfile.TemporaryDirectory(prefix=".deconflict-", dir=folder.parent) as temporary:
        place = Path(temporary) / "release"
        place.mkdir()
        files: list[NamedFile] = []
        for step, writer in enumerate(writers):
            progress(step, steps, f"Writing {writer.title}")
            path = place / f"{release.number}{writer.extension}"
            writer.write(release, path)
            files.append(describe(path, writer.id))
        files.append(write_manifest(release, files, place))
        progress(steps - 1, steps, "Reading every file as its recipient will")
        audited = audit.check_files(writers, place, Path(temporary))
        names = [name for _, name, _ in files]
        if sorted(path.name for path in place.iterdir()) != sorted(names):
            raise ReleaseRefusedError("A side file appeared beside the release.", "Nothing was released.")
        put_in_place(place, folder, names, stale)
    progress(steps, steps, "Handed over")
    record = ReleaseRecord(
        number=release.number,
        profile=release.profile,
        at=release.as_of,
        by=approve_as.strip() or release.by,
        supersedes=release.supersedes,
        files={name: digest for _, name, digest in files},
        counts={layer.title: len(layer) for layer in release.layers},
    )
    released = tuple(ReleasedFile(folder / name, digest, kind) for kind, name, digest in files)
    audits = tuple(AuditedFile(name, readable) for name, readable in audited)
    return HandedOver(release, released, audits, record)


def _writers(release: Release, formats: Sequence[str] | None) -> list[Any]:
    from layers.writers import WRITERS

    wanted = list(dict.fromkeys(formats if formats else release.formats))
    known = {writer.id: writer for writer in WRITERS}
    for name in wanted:
        if name not in release.formats or name not in known:
            raise ReleaseRefusedError(
                f'The format "{name}" is not one that this audience receives.',
                f"Choose from: {', '.join(release.formats)}.",
            )
    return [known[name] for name in wanted]


def _machine_secrets(folder: Path) -> list[Secret]:
    """Return what tells where and by whom the release was made."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no login name: nothing to leak
        user = ""
    home = str(Path.home())
    secrets = _secrets("the login name", user) + _secrets("the name of this computer", socket.gethostname())
    secrets += _secrets("the home folder", home) + _secrets("a folder of this computer", str(Path.cwd()))
    return secrets + _secrets("the folder of the release", str(folder.resolve()))
