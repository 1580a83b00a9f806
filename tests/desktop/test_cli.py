"""The command line as scripts use it: exit codes, what is written, and what is left alone."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import as_file
from pathlib import Path

import pytest

from desktop import cli, cli_output, demo
from desktop.cli import main
from layers.checks import check
from layers.decisions import absorb
from layers.model import Mode, RuleSettings, new_workspace
from layers.workspace_file import WorkspaceFile, read_workspace
from resources import resource
from tests.layers.earlier_check_json import earlier_form

STANDOFF = "zone_within_standoff_of_site.standoff_m"


def collection(*features):
    members = [
        {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}
        for properties, shape, coordinates in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": members}, ensure_ascii=False)


def square(west, south, side=0.01):
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def write_sites(folder):
    path = folder / "sites.geojson"
    features = [
        ({"ref": "007", "name": "مستشفى"}, "Point", [36.0, 32.0]),
        ({"ref": "0008", "name": "B"}, "Point", [36.1, 32.1]),
    ]
    path.write_text(collection(*features), "utf-8")
    return path


def write_zones(folder):
    path = folder / "zones.geojson"
    path.write_text(collection(({"ref": "Z1", "name": "Range"}, "Polygon", square(36.0, 32.0))), "utf-8")
    return path


@pytest.fixture
def sites(tmp_path):
    return write_sites(tmp_path)


@pytest.fixture
def workspace(tmp_path, capsys):
    path = tmp_path / "work ü.gpkg"
    assert main(["new", str(path), "--mode", "exercise"]) == 0
    capsys.readouterr()
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a workspace of two sites and a zone once; tests work on copies."""
    folder = tmp_path_factory.mktemp("made")
    path = folder / "work.gpkg"
    assert main(["new", str(path), "--mode", "exercise"]) == 0
    for file, kind in ((write_sites(folder), "humanitarian_site"), (write_zones(folder), "military_zone")):
        assert main(["import", str(path), str(file), "--kind", kind, "--id-field", "ref"]) == 0
    return path


@pytest.fixture
def filled(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "work ü.gpkg"))


def refused(capsys, *arguments):
    """Run a command that must fail with one sentence on stderr; return the sentence."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:  # argparse
        code = stop.code
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.startswith("deconflict: ")
    assert said.err.count("\n") == 1
    assert "error of the program" not in said.err
    return said.err


def test_check_writes_the_documented_result(filled, tmp_path, capsys):
    target = tmp_path / "result.json"
    assert main(["check", str(filled), "--json", str(target), "--fail-on", "critical"]) == 1
    result = json.loads(target.read_text("utf-8"))
    assert set(result) == {"run", "coverage", "findings", "since_last"}
    assert result["run"]["workspace"] == filled.name
    first = result["findings"][0]
    assert [subject["source_id"] for subject in first["subjects"]] == ["007", "Z1"]
    assert first["change"] == "new"
    assert result["since_last"]["new"] == [finding["key"] for finding in result["findings"]]
    assert main(["check", str(filled), "--json", "-"]) == 0
    again = json.loads("{" + capsys.readouterr().out.partition("{")[2])
    assert again["since_last"]["new"] == again["since_last"]["resolved"] == []
    assert not list(tmp_path.glob(".*partial"))


def test_a_horizon_leaves_out_what_begins_later_and_says_so(workspace, sites, tmp_path, capsys):
    zones = write_zones(tmp_path)
    dates = ["--set", "valid_from=2030-03-04", "--set", "valid_to=2030-03-05"]
    assert main(["import", str(workspace), str(sites), "--kind", "humanitarian_site"]) == 0
    assert main(["import", str(workspace), str(zones), "--kind", "military_zone", *dates]) == 0
    capsys.readouterr()
    rule = ["check", str(workspace), "--rule", "site_inside_zone", "--json", "-"]

    def result(*arguments):
        assert main([*rule, *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    assert [f["when"] for f in result("--at", "2030-03-04T12:00Z")["findings"]] == ["now"]
    ahead = result("--at", "2030-03-01T00:00Z", "--horizon", "72")
    assert [f["when"] for f in ahead["findings"]] == ["future"]
    assert ahead["run"]["until"] == "2030-03-04T00:00:00Z"
    short = result("--at", "2030-03-01T00:00Z", "--horizon", "71.5")
    assert not short["findings"]
    (coverage,) = short["coverage"]
    assert coverage["clear"] == coverage["pairs_examined"] - 1
    assert "Left out: 1 finding beginning after 3 March 2030 23:30 UTC." in coverage["notes"]
    assert not short["since_last"]["resolved"]
    assert "begins by 2030-03-03 23:30 UTC" in short["since_last"]["not_retested"][0]["reason"]
    elsewhere = result("--at", "2030-03-01T02:00+02:00", "--horizon", "71.5")
    assert elsewhere["run"]["as_of"] == "2030-03-01T00:00:00Z"
    assert elsewhere["coverage"][0]["notes"] == coverage["notes"]
    assert result("--at", "9999-12-31T00:00Z", "--horizon", "72")["run"]["until"].startswith("9999-12-31")
    assert [f["when"] for f in result()["findings"]] == ["future"]


def test_what_nobody_looked_for_is_said_before_the_count(filled, capsys):
    turn_off = {"zone_overlaps_no_strike_area": RuleSettings(enabled=False)}
    with WorkspaceFile.open(filled) as file:
        file.commit("Rules", replace(file.workspace, rules=turn_off), "test")
    assert main(["check", str(filled), "--at", "2030-03-01T02:00+02:00"]) == 0
    lines = capsys.readouterr().out.splitlines()
    count = next(n for n, line in enumerate(lines) if re.match(r"\d+ findings?\b", line))
    off = "NOT ASKED: 1 rule: Zone over a no-strike area."
    assert lines[count - 2 : count] == [off, "What was over by 1 March 2030 00:00 UTC was left out."]


def test_a_rule_named_twice_is_asked_once(filled, capsys):
    rule = ["--rule", "site_inside_zone"]
    assert main(["check", str(filled), *rule, *rule, "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["coverage"]) == len(result["findings"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", f"{STANDOFF}=nan"],
        ["--set", f"{STANDOFF}=-1"],
        ["--set", "nothing.here=1"],
        ["--at", ""],
        ["--at", "yesterday"],
        ["--at", "0001-01-01T00:00+02:00"],
        ["--horizon", "-1"],
        ["--horizon", "soon"],
        ["--horizon", "nan"],
        ["--rule", "none"],
        ["--fail-on", "none"],
        ["--json", "nowhere/result.json"],
        ["--json", ""],
    ],
)
def test_a_check_that_is_refused_changes_nothing(filled, capsys, arguments):
    before = filled.read_bytes()
    refused(capsys, "check", filled, *arguments)
    assert filled.read_bytes() == before


def test_the_result_never_overwrites_the_workspace_or_joins_a_release(filled, sites, tmp_path, capsys):
    before, partner = filled.read_bytes(), sites.read_bytes()
    refused(capsys, "check", filled, "--json", filled)
    refused(capsys, "info", filled, "--json", filled)
    refused(capsys, "check", filled, "--json", tmp_path)
    refused(capsys, "import", filled, sites, "--kind", "project", "--json", sites)
    out = tmp_path / "out"
    out.mkdir()
    refused(capsys, "release", filled, "--profile", "ocha", "--to", out, "--json", out / "result.json")
    assert (filled.read_bytes(), sites.read_bytes(), list(out.iterdir())) == (before, partner, [])


@pytest.mark.parametrize(
    "setting",
    [
        "uncertainty_m=abc",
        "uncertainty_m=-5",
        "uncertainty_m=",
        "valid_from=soon",
        "standoff_m=inf",
        "none=1",
    ],
)
def test_a_value_that_no_row_can_hold_is_refused(workspace, sites, capsys, setting):
    before = workspace.read_bytes()
    refused(capsys, "import", workspace, sites, "--kind", "humanitarian_site", "--set", setting)
    assert workspace.read_bytes() == before


def test_an_import_reports_every_row(workspace, sites, capsys):
    arguments = ["--id-field", "ref", "--set", "uncertainty_m=250", "--json", "-"]
    assert main(["import", str(workspace), str(sites), "--kind", "humanitarian_site", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"] == report["imported"] + len(report["skipped"]) == 2
    (layer,) = read_workspace(workspace).layers
    assert list(layer.table.source_id) == ["007", "0008"]
    assert set(layer.table.uncertainty_m) == {250.0}


def test_a_release_that_is_not_on_record_leaves_no_files(filled, tmp_path, capsys, monkeypatch):
    from layers.errors import WorkspaceError

    def fail(*_arguments):
        raise WorkspaceError("The disk is full.")

    monkeypatch.setattr(WorkspaceFile, "commit", fail)
    out = tmp_path / "out"
    sentence = refused(
        capsys, "release", filled, "--profile", "humanitarian", "--to", out, "--format", "geojson"
    )
    assert "disk is full" in sentence
    assert not out.exists() or not list(out.iterdir())


def test_a_release_puts_its_files_directly_in_the_folder(filled, tmp_path, capsys):
    out = tmp_path / "out ü"
    formats = ["--format", "geojson", "--format", "kmz", "--format", "geojson"]
    arguments = ["--profile", "humanitarian", "--to", str(out), *formats, "--json", "-"]
    assert main(["release", str(filled), *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"release", "profile", "files", "withheld", "audit"}
    assert {Path(item["path"]).parent for item in result["files"]} == {out}
    assert sorted(item["format"] for item in result["files"]) == ["geojson", "kmz", "manifest"]
    assert {item.name for item in out.iterdir()} == {Path(item["path"]).name for item in result["files"]}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "²x²"],
        ["--size", "100x100"],
        ["--size", "20000x20000"],
        ["--bbox", "nan,0,1,1"],
        ["--bbox", "-1000,-95,1000,95"],
        ["--bbox", "10,10,20,5"],
        ["--bbox", "1,2,3"],
    ],
)
def test_a_picture_of_impossible_size_or_extent_is_refused(workspace, tmp_path, capsys, arguments):
    refused(capsys, "render", workspace, "--to", tmp_path / "map.png", *arguments)
    assert not (tmp_path / "map.png").exists()


@pytest.mark.parametrize("bbox", ["-73.5,-18.5,-72,-17", "170,-20,-170,-10"])
def test_an_extent_may_lie_in_the_west_or_astride_the_antimeridian(workspace, tmp_path, qapp, bbox):
    picture = tmp_path / "map.png"
    assert main(["render", str(workspace), "--to", str(picture), "--bbox", bbox, "--size", "300x200"]) == 0
    assert picture.stat().st_size


def test_an_existing_workspace_is_not_made_again(filled, capsys):
    before = filled.read_bytes()
    refused(capsys, "new", filled)
    assert filled.read_bytes() == before


def test_commands_that_show_nothing_import_no_qt_and_survive_a_plain_terminal(filled, tmp_path):
    script = (
        "import sys; from desktop.cli import main\n"
        f"w = {str(filled)!r}\n"
        "for a in (['info', w], ['check', w, '--json', '-'], ['check', w],"
        f" ['release', w, '--profile', 'ocha', '--to', {str(tmp_path / 'out')!r}]):\n"
        "    assert main(a) == 0\n"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))\n"
    )
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=plain, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        "مستشفى" in json.loads(done.stdout[done.stdout.index(b"{") : done.stdout.rindex(b"}") + 1]).__str__()
    )


def test_a_reader_that_goes_away_is_no_error(filled):
    with subprocess.Popen(
        [sys.executable, "-m", "desktop", "check", str(filled), "--json", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_half_a_surrogate_pair_in_a_name_does_not_break_the_result(tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    with cli_output.ResultFile(str(target)) as result:
        result.stage({"file": "bad\udcff.shp"})
    assert json.loads(target.read_text("utf-8")) == {"file": "bad\udcff.shp"}
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    with cli_output.ResultFile("-") as result:
        result.stage({"name": "😀 é"})
    assert json.loads(output.buffer.getvalue()) == {"name": "😀 é"}


@pytest.mark.parametrize("held", [5, 1_000_000])
def test_a_result_in_parts_goes_where_a_whole_one_goes(tmp_path, monkeypatch, held):
    monkeypatch.setattr(cli_output, "_MOST_HELD", held)
    target, pipe = tmp_path / "result.json", tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_bytes)
        for place in (target, pipe):
            with cli_output.ResultFile(str(place)) as result:
                result.stage_parts(iter(['{"a": "é', '\udcff"', "}"]))
        assert read.result(10) == target.read_bytes() == '{"a": "é\\udcff"}\n'.encode()
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    with cli_output.ResultFile("-") as result:
        result.stage_parts(iter(['{"a": "é', "\\n", '😀"}']))
    assert output.buffer.getvalue() == b'{"a": "\\u00e9\\n\\ud83d\\ude00"}\n'
    with pytest.raises(OSError, match="stop"), cli_output.ResultFile(str(tmp_path / "no.json")) as result:
        result.stage_parts(["[1]"])
        raise OSError("stop")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "result.json"]


def test_the_result_of_the_exercise_is_that_of_one_value(tmp_path, monkeypatch, capsys):
    path, plan = (
        tmp_path / "exercise.gpkg",
        tomllib.loads(resource("samples", "exercise.toml").read_text("utf-8")),
    )
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    empty = new_workspace(plan["title"], Mode(plan["mode"]), now, plan["time_zone"])
    with WorkspaceFile.create(path, empty) as file, as_file(resource("samples")) as samples:
        for item in plan["files"]:
            demo._import(file, samples / item["file"], item)
        workspace = file.workspace
    monkeypatch.setattr(cli, "_now", lambda: now)
    assert main(["check", str(path), "--json", "-"]) == 0
    report = check(workspace, now=now)
    checked, comparison = absorb(workspace, report)
    whole = earlier_form(checked, report, comparison, path.name)
    assert len(whole["findings"]) > 100
    assert json.loads(capsys.readouterr().out) == whole
