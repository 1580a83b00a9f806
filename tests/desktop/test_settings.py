from PySide6.QtCore import QByteArray, QSettings

from desktop.settings import Settings, ThemeChoice
from layers.coordinates import Notation


def again(tmp_path):
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


def test_first_start_has_sensible_preferences(settings):
    assert settings.theme is ThemeChoice.SYSTEM
    assert settings.notation is Notation.MGRS
    assert settings.borders_visible is False
    assert settings.user == ""
    assert settings.last_workspace is None
    assert settings.recent == ()
    assert settings.reopen_last is True
    assert settings.geometry is None


def test_preferences_are_there_at_the_next_start(settings, tmp_path):
    work = tmp_path / "work.gpkg"
    work.touch()
    settings.theme = ThemeChoice.DARK
    settings.notation = Notation.UTM
    settings.borders_visible = True
    settings.user = "  Maj. Novak "
    settings.last_workspace = work
    settings.reopen_last = False
    settings.geometry = QByteArray(b"\x01\x02\x00")
    settings.add_recent(work)
    settings.sync()
    later = again(tmp_path)
    assert later.theme is ThemeChoice.DARK
    assert later.notation is Notation.UTM
    assert later.borders_visible is True
    assert later.user == "Maj. Novak"
    assert later.last_workspace == work
    assert later.reopen_last is False
    assert later.geometry == QByteArray(b"\x01\x02\x00")
    assert later.recent == (work,)


def test_recent_is_newest_first_without_repeats_and_without_what_is_gone(settings, tmp_path):
    paths = [tmp_path / f"{i}.gpkg" for i in range(12)]
    for path in paths:
        path.touch()
        settings.add_recent(path)
    settings.add_recent(paths[9])
    paths[10].unlink()
    assert settings.recent[:3] == (paths[9], paths[11], paths[8])
    assert len(settings.recent) <= 8


def test_damaged_values_become_the_defaults(tmp_path):
    (tmp_path / "settings.ini").write_text(
        "[view]\ntheme=purple\nnotation=@Invalid()\nborders=7\n", encoding="utf-8"
    )
    damaged = again(tmp_path)
    assert damaged.theme is ThemeChoice.SYSTEM
    assert damaged.notation is Notation.MGRS
    assert damaged.borders_visible is False
