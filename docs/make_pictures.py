"""Make the pictures of the README and of the user guide from the running program.

Run with `QT_QPA_PLATFORM=offscreen python docs/make_pictures.py [NAME]...`, with names of import, window,
near, draft, suggestions, rules, page; without a name all are made. The partner files shown are made up here,
on the ground of the exercise.
"""

import csv
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the package is beside this folder
import shapely  # noqa: E402
from PySide6.QtCore import QSettings, Qt  # noqa: E402
from PySide6.QtGui import QGuiApplication, QImage  # noqa: E402
from PySide6.QtWidgets import QDialog, QTreeWidgetItem  # noqa: E402

from desktop import demo, theme  # noqa: E402
from desktop.app import make_application  # noqa: E402
from desktop.dialogs.import_dialog import ImportDialog  # noqa: E402
from desktop.dialogs.import_page import PageState  # noqa: E402
from desktop.dialogs.import_steps import Step, StepState  # noqa: E402
from desktop.dialogs.rules_dialog import RulesDialog  # noqa: E402
from desktop.document import Document  # noqa: E402
from desktop.main_window import MainWindow  # noqa: E402
from desktop.settings import Settings, ThemeChoice  # noqa: E402
from desktop.tasks import Tasks  # noqa: E402
from layers import utm  # noqa: E402
from layers.coordinates import Notation, format_position  # noqa: E402
from layers.model import Kind  # noqa: E402
from layers.rules import rule_of  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = (1366, 768)
_MOST_BYTES = 250_000
_PATIENCE_MS = 60_000
_PARTNER = "Exercise Relief"
_MIDDLE = (25.62, 42.42)
"""Longitude and latitude of Stara Zagora, on the ground of the exercise."""


_ZONE = 35


def main(wanted: list[str]) -> int:
    """Make the pictures that are asked for."""
    PICTURES.mkdir(exist_ok=True)
    application = make_application()
    theme.load_fonts(application)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        workspace = demo.build_demo(folder)
        if not wanted or "window" in wanted:
            for dark in (False, True):
                picture = PICTURES / f"window-{'dark' if dark else 'light'}.png"
                demo.picture_window(workspace, picture, SIZE, dark=dark)
                shrink(picture)
        if not wanted or "near" in wanted:
            demo.picture_window(workspace, PICTURES / "near.png", SIZE, dark=False, prepare=look_around)
            shrink(PICTURES / "near.png")
        if not wanted or "draft" in wanted:
            theme.apply_theme(application, ThemeChoice.LIGHT)
            picture_draft(folder, workspace)
        if not wanted or "rules" in wanted:
            theme.apply_theme(application, ThemeChoice.LIGHT)
            picture_rules(folder, workspace)
        if not wanted or "suggestions" in wanted:
            demo.picture_window(workspace, PICTURES / "suggestions.png", SIZE, dark=False, prepare=suggest)
            shrink(PICTURES / "suggestions.png")
        if not wanted or "page" in wanted:
            page = next((folder / "releases" / "humanitarian").glob("*.html"))
            if demo.picture_page(page, PICTURES / "page.png"):
                shrink(PICTURES / "page.png")
            else:
                print("No browser here: the page keeps its old picture.")
        if not wanted or "import" in wanted:
            for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
                theme.apply_theme(application, choice)
                ImportPictures(folder, workspace, choice).make()
    return 0


def look_around(window: MainWindow) -> None:
    """Ask what is near a position, and show the nearest on the map."""
    QGuiApplication.clipboard().setText(format_position(*_MIDDLE, Notation.MGRS, 4))
    window.near.pasted()
    demo.rest(1_500)
    panel = window.near.panel
    panel.tree.setCurrentItem(panel.tree.rows()[0])
    panel.tree.itemActivated.emit(panel.tree.rows()[0], 0)


def picture_rules(folder: Path, workspace: Path) -> None:
    """Make the pictures of limits by category, and of two versions of the rules compared."""
    copy = folder / "rules.gpkg"
    shutil.copyfile(workspace, copy)
    document = Document(journal=folder / "rules-journal")
    document.open(copy)
    days = iter((20, 27))
    dialog = RulesDialog(document, clock=lambda: datetime(2026, 11, next(days), 8, tzinfo=UTC))
    dialog.resize(*SIZE)
    dialog.show()
    rule = rule_of("zone_within_standoff_of_site")
    limits = {"*.hospital": 1_000, "firing.*": 1_000, "firing.hospital": 2_000, "training.school": 1_500}
    for name, note, changes in (
        ("Майор Ева Новак", "First coordination meeting", limits),
        ("العقيد سامر حداد", "Longer range of the guns at Falcon", {"firing.hospital": 2_500}),
    ):
        dialog.draft.set_values(rule, {f"standoff_m.{pair}": float(m) for pair, m in changes.items()})
        dialog.confirm_as(name, note)
    dialog.history.list.setCurrentRow(1)
    dialog.tabs.setCurrentWidget(dialog.history)
    _keep(dialog, "rules-versions")
    dialog.draft.set_values(rule, {"standoff_m.airspace.camp": 3_000.0})
    dialog.show_table(rule, rule.parameters[0])
    dialog.matrix.view.setCurrentIndex(dialog.matrix.model.index(2, 2))
    _keep(dialog, "rules-matrix")
    dialog.drop()
    document.close()


def _keep(dialog: QDialog, name: str) -> None:
    demo.rest(300)
    picture = PICTURES / f"{name}.png"
    dialog.grab().save(str(picture))
    shrink(picture)


def picture_draft(folder: Path, workspace: Path) -> None:
    """Make the picture of a zone that is drawn and not issued."""
    copy = folder / "draft.gpkg"
    shutil.copyfile(workspace, copy)
    window = MainWindow(Settings(QSettings(str(folder / "draft.ini"), QSettings.Format.IniFormat)))
    window.document.open(copy)
    window.map_bar.set_kind(Kind.MILITARY_ZONE)
    lon, lat = _MIDDLE
    window.edits.on_drawn(shapely.box(lon + 0.001, lat - 0.002, lon + 0.015, lat + 0.01))
    form = window.edits.form
    assert form is not None
    form.resize(910, 560)
    form.editors["name"].widget.setProperty("text", "EXERCISE Range 9")
    demo.rest(4_000)
    form.grab().save(str(PICTURES / "draft.png"))
    shrink(PICTURES / "draft.png")
    form.drop()
    window.document.close()
    window.close()


def suggest(window: MainWindow) -> None:
    """Look for changes that settle a finding, with the dialog as a part of the window, to be seen with it."""
    panel = window.findings_panel
    listed = (panel.model.item(row) for row in range(panel.model.rowCount()))
    found = (item.record.finding for item in listed if item is not None)
    finding = next(f for f in found if f.rule == "zone_within_standoff_of_site" and f.distance_m)
    panel.choose(finding.key)
    demo.rest(1_000)
    window.edits.suggest(finding)
    dialog = window.edits.suggestions
    assert dialog is not None
    while not dialog.list.count():
        demo.rest(200)
    dialog.setWindowFlags(Qt.WindowType.Widget)
    dialog.setAutoFillBackground(True)
    dialog.move(8, 200)
    dialog.show()


def shrink(picture: Path) -> None:
    """Write a picture again in 256 of its colours, each pixel in the nearest; check its size."""
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, width) & 0xFFFFFF
    colours, index, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    chosen = _palette(colours[np.argsort(-counts, kind="stable")])
    nearest = np.array([_nearest(colour, chosen) for colour in colours.tolist()], dtype=np.uint8)
    indexed = np.ascontiguousarray(nearest[index].reshape(height, width))
    small = QImage(indexed.data, width, height, width, QImage.Format.Format_Indexed8)
    small.setColorTable([0xFF000000 | int(colour) for colour in chosen])
    small.save(str(picture), quality=0)  # the strongest compression
    size = picture.stat().st_size
    print(f"{picture.relative_to(ROOT)}: {size / 1000:,.0f} kB")
    if size > _MOST_BYTES:
        raise SystemExit(f"{picture.name} is larger than {_MOST_BYTES / 1000:,.0f} kB.")


def _palette(by_count: np.ndarray) -> np.ndarray:
    """Choose frequent colours, and rare ones that are unlike them: small signs keep their colour."""
    frequent, rest = by_count[:128], by_count[128:]
    shades = rest & 0xF0F0F0
    _, first = np.unique(shades, return_index=True)
    unlike = np.sort(first[~np.isin(shades[first], frequent & 0xF0F0F0)])
    return np.concatenate([frequent, rest[unlike], rest])[:256]


def _nearest(colour: int, chosen: np.ndarray) -> int:
    """Return the index of the colour that differs least."""
    parts = [((chosen >> shift) & 0xFF).astype(np.int64) - ((colour >> shift) & 0xFF) for shift in (0, 8, 16)]
    return int(np.argmin(sum(part * part for part in parts)))


class ImportPictures:
    """Takes the import dialog through its steps; in the dark theme only the two fullest are kept."""

    def __init__(self, folder: Path, workspace: Path, choice: ThemeChoice) -> None:
        self._folder = folder / f"import-{choice.value}"
        self._folder.mkdir()
        copy = self._folder / workspace.name
        shutil.copyfile(workspace, copy)
        self._dark = choice is ThemeChoice.DARK
        self._tasks = Tasks()
        self._document = Document(journal=self._folder / "journal")
        self._document.open(copy)

    def make(self) -> None:
        """Make the pictures of all steps."""
        dialog = self._open(arabic_table(self._folder))
        if not self._dark:
            self._grab(dialog, Step.WHAT, "import-1-what")
            self._grab(dialog, Step.WHERE, "import-2-where")
        self._grab(dialog, Step.TEXT, "import-3-text" + ("-dark" if self._dark else ""))
        dialog.page.read_with(crs="EPSG:32635")
        self._settle(dialog)
        if not self._dark:
            self._grab(dialog, Step.COLUMNS, "import-4-columns")
        dialog.reject()
        dialog = self._open(slips(self._folder), cyrillic_table(self._folder, "sites_october.csv"))
        group = self._find(dialog.page.doubts.tree.invisibleRootItem(), "swapped")
        group.setCheckState(0, Qt.CheckState.Checked)
        dialog.page.doubts.tree.setCurrentItem(self._find(group, "Row"))
        self._grab(dialog, Step.DOUBTS, "import-5-doubts" + ("-dark" if self._dark else ""))
        dialog.reject()
        if not self._dark:
            self._make_changes()
        self._document.close()
        self._tasks.shut_down()

    def _find(self, above: QTreeWidgetItem, text: str) -> QTreeWidgetItem:
        """Return the first line below one that holds a text."""
        left = [above]
        while left:
            item = left.pop(0)
            if text in item.text(0) and item is not above:
                return item
            left += [child for n in range(item.childCount()) if (child := item.child(n)) is not None]
        raise SystemExit(f"There is no line with {text!r}.")

    def _make_changes(self) -> None:
        first = self._open(cyrillic_table(self._folder, "relief_sites_november.csv"))
        first.page.what.partner.setText(_PARTNER)
        first.page.what.partner_changed.emit()
        self._settle(first)
        self._import(first)
        first.reject()
        second = self._open(cyrillic_table(self._folder, "relief_sites_december.csv", later=True))
        self._grab(second, Step.WHAT, "import-6-again")
        second.page.use_profile(False)
        self._settle(second)
        self._grab(second, Step.CHANGES, "import-7-changes")
        second.page.changes.leave.setChecked(True)
        self._import(second)
        self._save(second, "import-8-report")
        second.reject()

    def _open(self, *paths: Path) -> ImportDialog:
        dialog = ImportDialog(
            self._document, self._tasks, list(paths), clock=lambda: datetime(2026, 12, 1, 8, tzinfo=UTC)
        )
        dialog.resize(*SIZE)
        dialog.show()
        self._settle(dialog)
        return dialog

    def _settle(self, dialog: ImportDialog) -> None:
        demo.rest(600)  # what is looked for begins after a short rest
        self._wait(
            lambda: all(
                page.state is PageState.FAILED or page.overall() is not StepState.BUSY
                for page in dialog.pages
            )
        )

    def _wait(self, done: Callable[[], bool]) -> None:
        waited = 0
        while not done():
            demo.rest(50)
            waited += 50
            if waited > _PATIENCE_MS:
                raise SystemExit("The import dialog did not come to rest.")

    def _grab(self, dialog: ImportDialog, step: Step, name: str) -> None:
        dialog.go_to(step)
        demo.rest(900)
        self._save(dialog, name)

    def _save(self, dialog: ImportDialog, name: str) -> None:
        picture = PICTURES / f"{name}.png"
        dialog.grab().save(str(picture))
        shrink(picture)

    def _import(self, dialog: ImportDialog) -> None:
        dialog.start_import()
        self._wait(lambda: bool(dialog.report.reports))


def arabic_table(folder: Path) -> Path:
    """Write a table in an Arabic encoding whose positions are UTM metres, and that says neither."""
    lines = ["id;name;type;people;x;y"]
    kinds = ("clinic", "school", "مخبز", "water point")
    names = ("مستشفى الرحمة", "مدرسة النور", "مخبز الأمل", "بئر السلام")
    for n in range(28):
        lon, lat = _near(n)
        easting, northing = utm.from_lonlat(lon, lat, _ZONE)
        lines.append(
            f"AR-{n + 1};{names[n % 4]} {n + 1};{kinds[n % 4]};{120 + 7 * n};{easting:.0f};{northing:.0f}"
        )
    path = folder / "health_and_relief.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1256"))
    return path


def cyrillic_table(folder: Path, name: str, *, later: bool = False) -> Path:
    """Write a partner's list of sites; the later one differs in the ways that deliveries do."""
    rows = []
    for n in range(24):
        lon, lat = _near(n + 40)
        kind, word = ("school", "Училище") if n % 2 else ("clinic", "Здравен център")
        rows.append([f"ER-{n + 1:03}", f"{word} „Извор“ {n + 1}", kind, _PARTNER, f"{lon:.6f}", f"{lat:.6f}"])
    if later:
        rows[3][4] = f"{float(rows[3][4]) + 0.0009:.6f}"
        rows[6][5] = f"{float(rows[6][5]) + 0.021:.6f}"
        rows[11][4] = f"{float(rows[11][4]) - 0.03:.6f}"
        rows[8][1] = "Здравен център „Св. Анна“ 9"
        rows[14][2] = "hospital"
        del rows[17]
        rows.append(["ER-099", "Училище „Мост“ 99", "school", _PARTNER, "25.611200", "42.431900"])
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["site_id", "name", "type", "organisation", "lon", "lat"], *rows])
    return path


def slips(folder: Path) -> Path:
    """Write sites with the slips that people make: swapped axes, a lost sign, crossed outlines, doubles."""
    features = [_point(n, *_near(n + 80), kind="clinic", name=f"Clinic {n}") for n in range(16)]
    for n in range(16, 20):
        lon, lat = _near(n + 80)
        features.append(_point(n, lat, lon, kind="school", name=f"مدرسة {n}"))
    lon, lat = _near(101)
    features.append(_point(20, -lon, lat, kind="clinic", name="Клиника Роза"))
    features.append(_point(21, 0.0, 0.0, kind="clinic", name="No position yet"))
    features.append(_point(22, *_near(81), kind="clinic", name="Clinic no. 1"))
    for n in range(23, 26):
        lon, lat = _near(n + 80)
        ring = [[lon, lat], [lon + 0.02, lat + 0.02], [lon + 0.02, lat], [lon, lat + 0.02], [lon, lat]]
        features.append(_feature(n, {"type": "Polygon", "coordinates": [ring]}, "camp", f"Camp {n}"))
    features[5]["properties"] |= {"from": "2026-11-20", "to": "2026-11-02"}
    features.append(_feature(26, None, "clinic", "Clinic without a place"))
    path = folder / "health_clinics.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _near(n: int) -> tuple[float, float]:
    """Return a place near Stara Zagora, always the same for the same number."""
    east, north = np.random.default_rng(n).normal(0.0, 0.05, 2)
    return round(_MIDDLE[0] + float(east), 6), round(_MIDDLE[1] + float(north) * 0.7, 6)


def _point(n: int, lon: float, lat: float, kind: str, name: str) -> dict[str, dict[str, object]]:
    return _feature(n, {"type": "Point", "coordinates": [lon, lat]}, kind, name)


def _feature(n: int, geometry: object, kind: str, name: str) -> dict[str, dict[str, object]]:
    properties = {"id": f"HC-{n + 1}", "name": name, "type": kind, "from": "2026-11-01", "to": ""}
    return {"type": "Feature", "properties": properties, "geometry": geometry}  # type: ignore[dict-item]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
