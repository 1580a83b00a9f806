"""The folder of a release: its manifest, whether it may be replaced, and putting files in place."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from layers.errors import LayersError, ReleaseRefusedError
from layers.released import Release

MANIFEST = "manifest.json"
_PRODUCT = "deconflict release"

NamedFile = tuple[str, str, str]
"""Format, name and SHA-256 of a file of the release."""


def describe(path: Path, kind: str) -> NamedFile:
    """Return format, name and SHA-256 of a written file."""
    return kind, path.name, hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(release: Release, files: list[NamedFile], place: Path) -> NamedFile:
    """Write `manifest.json`: what the release says of itself, and the SHA-256 of every file."""
    manifest: dict[str, Any] = {
        "product": _PRODUCT,
        **release.information(),
        "files": [{"name": name, "format": kind, "sha256": digest} for kind, name, digest in files],
    }
    path = place / MANIFEST
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return describe(path, "manifest")


def replaceable(folder: Path) -> list[Path]:
    """Return the files of an earlier release in `folder`; refuse a folder that holds anything else."""
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise ReleaseRefusedError("A release needs a folder, and this is a file.", where=str(folder))
    present = sorted(folder.iterdir())
    if not present:
        return []
    ours = _files_of_manifest(folder / MANIFEST)
    strange = [path.name for path in present if path.name not in ours]
    if strange:
        raise ReleaseRefusedError(
            f"The folder holds other files ({', '.join(strange[:3])}), which would travel with the release.",
            "Choose a new or an empty folder.",
            str(folder),
        )
    return present


def _files_of_manifest(path: Path) -> set[str]:
    try:
        manifest = json.loads(path.read_text("utf-8"))
        if manifest["product"] != _PRODUCT:
            return set()
        return {MANIFEST, *(item["name"] for item in manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def put_in_place(place: Path, folder: Path, names: list[str], stale: list[Path]) -> None:
    """Move audited files into the folder: all at once where it is new, else one by one, the manifest last."""
    for name in names:
        _flush(place / name)
    try:
        if not folder.exists():
            place.rename(folder)
        else:
            (folder / MANIFEST).unlink(missing_ok=True)  # A half-replaced release must not look complete.
            for name in names:
                (place / name).replace(folder / name)
            for path in stale:
                if path.name not in names:
                    path.unlink(missing_ok=True)
    except OSError as error:
        raise LayersError(
            f"The files could not be put in place: {error.strerror}.", "Choose another folder.", str(folder)
        ) from error
    _flush(folder)
    _flush(folder.parent)


def _flush(path: Path) -> None:
    """Make a file or folder survive a power cut; folders cannot be flushed on Windows."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
