"""The exercise: imported from the shipped sample files, checked and released by the code that officers use.

`build_demo` imports no Qt; the pictures do.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.check_words import summary
from layers.checks import check
from layers.decisions import absorb, decide
from layers.findings import DecisionType, Verdict
from layers.importing import FieldMapping, add_to_workspace
from layers.model import Kind, Mode, Workspace, new_workspace
from layers.progress import Progress, silent
from layers.reading import ReadOptions, open_any
from layers.release import HandedOver, build, hand_over, load_profiles
from layers.workspace_file import WorkspaceFile
from resources import resource

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

OFFICER = "Exercise officer"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_PAGE_SIZE = (1366, 768)


def run_demo(folder: Path, *, headless: bool) -> int:
    """Build the exercise in `folder`; then show it in the window, or make pictures of it.

    Returns the exit code for the shell.
    """
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Building the exercise in {folder} ...", flush=True)
    workspace = build_demo(folder, progress=_print_step)
    if not headless:
        from desktop.app import run

        return run(str(workspace))
    make_pictures(workspace, folder / "pictures", folder / "releases")
    print(f"Open it with: python3 run.py open {workspace}")
    return 0


def build_demo(folder: Path, *, progress: Progress = silent) -> Path:
    """Make `folder/exercise.gpkg` from the samples, check it, and write `folder/releases/PROFILE/`.

    An earlier exercise there is kept beside it as `exercise-earlier.gpkg`.

    Returns
    -------
    Path
        The workspace file.
    """
    plan = tomllib.loads(resource("samples", "exercise.toml").read_text(encoding="utf-8"))
    profiles = load_profiles()
    steps = len(plan["files"]) + 1 + len(profiles)
    path = folder / "exercise.gpkg"
    if path.exists():
        path.replace(folder / "exercise-earlier.gpkg")
    now = datetime.now(UTC)
    empty = new_workspace(plan["title"], Mode(plan["mode"]), now, plan["time_zone"])
    with WorkspaceFile.create(path, empty) as file, as_file(resource("samples")) as samples:
        for number, item in enumerate(plan["files"]):
            sentence = _import(file, samples / item["file"], item)
            progress(number, steps, sentence)
        progress(len(plan["files"]), steps, _check(file))
        for number, profile in enumerate(profiles, len(plan["files"]) + 1):
            release = build(file.workspace, profile, now=datetime.now(UTC), by=OFFICER)
            handed = hand_over(release, folder / "releases" / profile.id, approve_as=OFFICER)
            releases = (*file.workspace.releases, handed.record)
            file.commit(f"Release {release.number}", replace(file.workspace, releases=releases), OFFICER)
            progress(number, steps, _release_words(handed))
    progress(steps, steps, f"Exercise built: {path.name}")
    return path


def _print_step(done: int, total: int, label: str) -> None:
    """Print what each step says; the numbers are for bars."""
    print("\n".join(f"  {line}" for line in label.splitlines()), flush=True)


def _import(file: WorkspaceFile, path: Path, item: dict[str, Any]) -> str:
    imported = open_any(path, ReadOptions(encoding=item.get("encoding"), crs=item.get("crs")))
    workspace, report = add_to_workspace(
        file.workspace,
        imported,
        Kind(item["kind"]),
        FieldMapping(**item["mapping"]),
        layer_name=item["layer"],
        partner=item["partner"],
        now=datetime.now(UTC),
    )
    file.commit(f"Import {path.name}", workspace, OFFICER)
    return report.summary()


def _check(file: WorkspaceFile) -> str:
    report = check(file.workspace, now=datetime.now(UTC))
    workspace, comparison = absorb(file.workspace, report)
    file.commit("Check", workspace, OFFICER)
    file.commit("Decide on two findings", _decide_on_two(workspace), OFFICER)
    return summary(report, comparison, workspace)


def _decide_on_two(workspace: Workspace) -> Workspace:
    """Settle two findings, so that the exercise shows what decisions look like."""
    now = datetime.now(UTC)
    settled = {
        "project_near_site": (DecisionType.ACCEPT, "Works agreed with the site; no uniforms on the ground."),
        "zone_within_standoff_of_site": (DecisionType.REFER, "Asked the brigade to move the zone by 300 m."),
    }
    for rule, (decision, reason) in settled.items():
        finding = next(
            record.finding
            for record in workspace.findings
            if record.finding.rule == rule and record.finding.verdict is Verdict.CONFLICT
        )
        workspace = decide(
            workspace,
            finding.key,
            decision,
            by=OFFICER,
            reason=reason,
            expires=now + timedelta(days=30),
            now=now,
        )
    return workspace


def _release_words(handed: HandedOver) -> str:
    withheld = sum(item.count for item in handed.release.withheld)
    return f"Released {handed.release.number}: {len(handed.files)} files, {withheld} withheld, 0 leaks"


# ---------------------------------------------------------------- pictures


def make_pictures(workspace_path: Path, folder: Path, releases: Path) -> None:
    """Write PNG pictures of the real window, the map and the exported page into `folder`."""
    from desktop.app import make_application
    from desktop.canvas.render import render_map
    from desktop.theme import load_fonts
    from layers import basemap
    from layers.workspace_file import read_workspace

    folder.mkdir(parents=True, exist_ok=True)
    _silence_offscreen()
    load_fonts(make_application())
    render_map(read_workspace(workspace_path), folder / "map.png", 1600, 1000, basemap=basemap.load())
    print(f"  Drew {folder / 'map.png'}")
    for dark in (False, True):
        picture = folder / f"window-{'dark' if dark else 'light'}.png"
        picture_window(workspace_path, picture, (1366, 768), dark=dark)
        print(f"  Drew {picture}")
    page = next((releases / "humanitarian").glob("*.html"))
    if picture_page(page, folder / "page.png"):
        print(f"  Drew {folder / 'page.png'}")
    else:
        print(f"  No browser here to draw the exported page with; open {page}")


def _silence_offscreen() -> None:
    """Drop the one line that Qt's offscreen platform prints for every window; pass on all others."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def handle(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if "propagateSizeHints" not in message:
            print(message, file=sys.stderr)

    qInstallMessageHandler(handle)


def rest(ms: int) -> None:
    """Let the window work for a while.

    Not `QTest.qWait`, which keeps the interpreter to itself: nothing in the background would move meanwhile.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def picture_window(
    workspace_path: Path,
    picture: Path,
    size: tuple[int, int],
    *,
    dark: bool,
    prepare: "Callable[[MainWindow], object] | None" = None,
) -> None:
    """Open the real window on a copy of a workspace, choose the worst finding (or `prepare`), and grab it.

    A copy, so that looking at the exercise changes nothing in it; preferences stay apart from the user's.
    """
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from desktop import theme
    from desktop.main_window import MainWindow
    from desktop.settings import Settings, ThemeChoice

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(QSettings(str(Path(scratch) / "settings.ini"), QSettings.Format.IniFormat))
        settings.theme = ThemeChoice.DARK if dark else ThemeChoice.LIGHT
        theme.apply_theme(application, settings.theme)
        copy = Path(scratch) / workspace_path.name
        shutil.copyfile(workspace_path, copy)
        window = MainWindow(settings)
        window.resize(*size)
        window.show()
        window.files.open(copy)
        rest(2_500)
        if prepare is None:
            window.findings_panel.focus_list()
        else:
            prepare(window)
        rest(1_500)
        window.grab().save(str(picture))
        window.document.close()
        window.close()
        window.deleteLater()
        rest(50)


def picture_page(page: Path, picture: Path) -> bool:
    """Draw the exported page with a headless browser, without network; False when there is none."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                "--headless",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={profile}",
                f"--window-size={_PAGE_SIZE[0]},{_PAGE_SIZE[1]}",
                "--hide-scrollbars",
                "--virtual-time-budget=5000",
                f"--screenshot={picture.resolve()}",
                *(["--no-sandbox"] if sys.platform == "linux" else []),
                page.resolve().as_uri(),
            ],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )
    return picture.exists()
