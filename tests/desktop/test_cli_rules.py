"""`deconflict rules`: export, import, confirmation, comparison."""

import json

import pytest

from desktop.cli import main
from layers.workspace_file import WorkspaceFile, read_workspace

STANDOFF = "zone_within_standoff_of_site"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "op.gpkg"
    assert main(["new", str(path), "--title", "Оливка", "--mode", "test"]) == 0
    return path


def edited(path, tmp_path, old="default = 500 ", new="default = 750 "):
    """An export of the workspace, with one thing changed by hand."""
    file = tmp_path / "rules.toml"
    assert main(["rules", str(path), "--export", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_the_state_says_that_nobody_stands_for_the_rules(path, capsys):
    assert main(["rules", str(path)]) == 0
    words = capsys.readouterr().out
    assert "Nobody has confirmed these rules" in words
    assert f"{STANDOFF}.standoff_m: Stand-off distance: 500 m" in words


def test_showing_changes_nothing(path, tmp_path):
    before = path.read_bytes()
    assert main(["rules", str(path), "--export", str(tmp_path / "rules.toml")]) == 0
    assert path.read_bytes() == before


def test_an_edited_export_is_taken_in_and_its_change_is_shown(path, tmp_path, capsys):
    file = edited(path, tmp_path)
    assert main(["rules", str(path), "--import", str(file)]) == 0
    words = capsys.readouterr().out
    assert "- default = 500" in words and "+ default = 750" in words
    workspace = read_workspace(path)
    assert workspace.rules[STANDOFF].parameters == {"standoff_m": 750.0}
    assert workspace.rulebook == ()


def test_import_and_confirmation_are_one_change_in_the_log(path, tmp_path):
    file = edited(path, tmp_path)
    options = ["--import", str(file), "--confirm-as", "Maj. Novak", "--note", "Agreed"]
    assert main(["rules", str(path), *options]) == 0
    with WorkspaceFile.open(path) as opened:
        (version,) = opened.workspace.rulebook
        log = opened.log()
    assert (version.by, version.note) == ("Maj. Novak", "Agreed")
    assert len(log) == 2
    assert (log[-1].by, log[-1].text) == (
        "Maj. Novak",
        "Import rules from rules.toml; Confirm rules, version 1",
    )


def test_two_versions_are_compared_and_so_is_what_is_set_now(path, tmp_path, capsys):
    main(["rules", str(path), "--confirm-as", "Maj. Novak"])
    main(["rules", str(path), "--import", str(edited(path, tmp_path)), "--confirm-as", "Col. حداد"])
    capsys.readouterr()
    assert main(["rules", str(path), "--diff", "1", "2"]) == 0
    words = capsys.readouterr().out
    assert "- default = 500" in words and '+ confirmed_by = "Col. حداد"' in words
    assert main(["rules", str(path), "--diff", "2", "now"]) == 0
    assert capsys.readouterr().out == "There is no difference.\n"


def test_the_result_as_json(path, capsys):
    assert main(["rules", str(path), "--confirm-as", "Maj. Novak", "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["version"], result["draft"], result["confirmed_by"]) == (1, False, "Maj. Novak")
    assert result["unconfirmed"] == []
    assert [version["by"] for version in result["versions"]] == ["Maj. Novak"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--export", "rules.txt"], "ends in .toml"),
        (["--import", "none.toml"], "none.toml"),
        (["--confirm-as", " "], "named person"),
        (["--note", "x"], "--confirm-as"),
        (["--diff", "1", "2"], "no version 1"),
        (["--diff", "one", "2"], "not a version"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(path, arguments, words, capsys):
    before = path.read_bytes()
    assert main(["rules", str(path), *arguments]) == 2
    assert words in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_file_with_a_mistake_is_refused_with_its_line_and_nothing_is_written(path, tmp_path, capsys):
    file = edited(path, tmp_path, new="default = 75000000 ")
    before = path.read_bytes()
    elsewhere = tmp_path / "out.toml"
    assert main(["rules", str(path), "--import", str(file), "--export", str(elsewhere)]) == 2
    assert "rules.toml, line" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not elsewhere.exists()
