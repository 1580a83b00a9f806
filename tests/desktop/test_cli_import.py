"""`deconflict import` of a partner's first file and of the next ones."""

import json
import subprocess
import sys

import numpy as np
import pytest

from desktop import cli
from desktop.cli import main
from layers.workspace_file import read_workspace

HEADER = "id,name,type,lon,lat\n"
ROWS = [
    "a,Amber,school,36.10013,32.10017",
    "b,Birch,clinic,36.20013,32.20017",
    "c,Cedar,office,36.30013,32.30017",
    "d,Dahlia,clinic,36.40013,32.40017",
    "e,Ember,school,36.50013,32.50017",
    "f,Fig,school,36.60013,32.60017",
]


@pytest.fixture
def workspace(tmp_path, capsys):
    path = tmp_path / "work.gpkg"
    assert main(["new", str(path), "--mode", "test"]) == 0
    capsys.readouterr()
    return path


@pytest.fixture
def bring(workspace, tmp_path, capsys):
    """Import lines of a table; returns the report."""

    def run(rows, *options, name="list.csv", header=HEADER, partner="Relief"):
        (tmp_path / name).write_text(header + "\n".join(rows) + "\n", "utf-8")
        arguments = ["import", str(workspace), str(tmp_path / name), "--kind", "humanitarian_site"]
        code = main([*arguments, "--partner", partner, "--json", "-", *options])
        out = capsys.readouterr()
        if code:
            return out.err
        report = json.loads(out.out)
        assert report["rows"] == report["imported"] + len(report["skipped"])
        return report

    return run


def tables(path):
    return {layer.name: layer.table for layer in read_workspace(path).layers}


def test_the_next_file_updates_the_layer_and_reports_what_changed(bring, workspace):
    assert "delivery" not in bring(ROWS, "--layer", "Sites")
    before = tables(workspace)["Sites"]
    report = bring(
        [ROWS[1], ROWS[0].replace("Amber", "Amber Hill"), *ROWS[2:5], "g,Gate,office,36.7001,32.7001"]
    )
    assert report["layer"] == "Sites"
    delivery = report["delivery"]
    assert [item["source_id"] for item in delivery["added"]] == ["g"]
    assert [(item["source_id"], item["action"]) for item in delivery["removed"]] == [("f", "keep")]
    assert [(item["old"], item["new"]) for item in delivery["renamed"]] == [("Amber", "Amber Hill")]
    assert delivery["unchanged"] == 4
    after = tables(workspace)["Sites"]
    assert after.id[:6].tolist() == before.id.tolist()


def test_the_same_file_again_changes_nothing_also_without_a_partner(bring, workspace):
    bring(ROWS, partner="")
    before = workspace.read_bytes()
    report = bring(ROWS, partner="", name="copy.csv")
    assert report["delivery"]["same_file"]
    assert workspace.read_bytes() == before


def test_the_same_file_with_another_column_is_read_again(bring, workspace):
    bring(ROWS)
    report = bring(ROWS, "--name-field", "type")
    assert len(report["delivery"]["renamed"]) == 6
    assert tables(workspace)["list"].name[0] == "school"


def test_another_layer_name_makes_a_new_layer(bring, workspace):
    bring(ROWS, "--layer", "One")
    assert "delivery" not in bring(ROWS, "--layer", "Two")
    assert list(tables(workspace)) == ["One", "Two"]


def test_a_big_move_needs_a_reason_and_the_missing_can_be_ended(bring, workspace):
    bring(ROWS)
    moved = [ROWS[0].replace("32.10017", "32.15017"), *ROWS[1:5]]
    report = bring(moved)
    assert [item["code"] for item in report["doubts"]] == ["missing", "big_move"]
    report = bring([*moved, "x,Xi,school,36.8001,32.8001"], "--accept-moves", "Surveyed", "--missing", "drop")
    assert [(m["accepted"], m["reason"]) for m in report["delivery"]["moved"]] == [(True, "Surveyed")]
    table = tables(workspace)["list"]
    assert (table.source_id.tolist(), table.geometry[0].y) == (["a", "b", "c", "d", "e", "x"], 32.15017)


def test_proposals_are_applied_only_when_asked_and_then_every_row_is_accounted_for(bring, workspace):
    rows = [*ROWS, "x,Xi,clinic,32.31001,36.41001", "z,Zero,school,0,0"]
    report = bring(rows)
    assert [(d["row"], d["code"]) for d in report["doubts"]] == [(7, "swapped_axes"), (8, "null_island")]
    assert tables(workspace)["list"].geometry[6].x == 32.31001
    report = bring(rows, "--layer", "Mended", "--apply", "swapped_axes", "--apply", "null_island")
    mended = tables(workspace)["Mended"]
    assert mended.geometry[6].x == 36.41001
    assert len(mended) == report["imported"] == 7
    assert [s["row"] for s in report["skipped"]] == [8]
    assert [r["row"] for r in report["repaired"]] == [7]


def test_a_proposal_is_not_applied_twice_to_the_same_file(bring, workspace):
    rows = [*ROWS, "x,Xi,clinic,32.31001,36.41001"]
    for _ in range(2):
        bring(rows, "--apply", "swapped_axes")
        assert tables(workspace)["list"].geometry[6].x == 36.41001


def test_how_the_last_file_was_read_is_remembered(bring, workspace):
    header = "Weekly list\n\nref,what,side,a,b\n"
    rows = [row.replace("school", "Schoolhouse") for row in ROWS]
    options = [
        "--header-row",
        "3",
        "--x-field",
        "a",
        "--y-field",
        "b",
        "--name-field",
        "what",
        "--id-field",
        "ref",
    ]
    bring(rows, *options, "--set", "status=open", header=header)
    report = bring([*rows, "g,Gate,office,36.7001,32.7001"], header=header)
    assert len(report["delivery"]["added"]) == 1
    assert report["delivery"]["unchanged"] == 6
    table = tables(workspace)["list"]
    assert (table.name[6], table.fields["status"][6]) == ("Gate", "open")


def test_a_changed_layout_is_doubted(bring):
    bring(ROWS)
    report = bring(ROWS, header="id,site_name,type,lon,lat\n", name="next.csv")
    assert {d["code"] for d in report["doubts"]} == {"changed_layout"}


@pytest.mark.parametrize(
    ("first", "doubts"),
    [
        ("id,name,type,lon,lat,valid_from,valid_to\n", 2),
        ("id,name,type,lon,lat,valid_from,valid_to,standoff_m,uncertainty_m\n", 0),
    ],
)
@pytest.mark.parametrize("layer", ["list", "Other"])
def test_what_a_partner_begins_to_state_is_read(bring, workspace, first, doubts, layer):
    bring([row + "," * (first.count(",") - 4) for row in ROWS], header=first)
    header = "id,name,type,lon,lat,valid_from,valid_to,standoff_m,uncertainty_m\n"
    rows = [f"{row},2026-01-01,2026-03-01,2000,40" for row in ROWS]
    report = bring(rows, "--layer", layer, header=header, name="next.csv")
    table = tables(workspace)[layer]
    assert (table.fields["standoff_m"].tolist(), table.uncertainty_m.tolist()) == ([2000.0] * 6, [40.0] * 6)
    assert str(table.valid_from[0]).startswith("2026-01-01")
    assert str(table.valid_to[0]).startswith("2026-03-02")
    layout = [d for d in report["doubts"] if d["code"] == "changed_layout"]
    assert len(layout) == doubts
    assert all("It is read as the" in d["what"] for d in layout)


def test_of_a_stand_off_and_an_uncertainty_the_most_that_they_may_mean_is_read_and_doubted(bring, workspace):
    standoffs = ["1,500", "2,000", "750", "", "2 miles", "9"]
    blurs = ["about 500 m", "100-250", "3", "1.200", "", "unclear"]
    rows = [f'{row},"{far}","{blur}"' for row, far, blur in zip(ROWS, standoffs, blurs, strict=True)]
    report = bring(rows, header="id,name,type,lon,lat,standoff_m,uncertainty_m\n")
    table = tables(workspace)["list"]
    assert np.nan_to_num(table.fields["standoff_m"], nan=-1).tolist() == [1500, 2000, 750, -1, -1, 9]
    assert table.uncertainty_m.round().tolist() == [500, 250, 3, 1200, 1, 1]  # 1: of the decimals
    told = {d["row"]: d["what"] for d in report["doubts"] if d["code"] == "bad_number"}
    assert sorted(told) == [1, 2, 4, 5, 6]
    assert told[4] == "Uncertainty: “1.200” is read as 1,200 m, the most that it may mean."
    assert "left open" in told[5] and "left open" in told[6]
    assert "cannot be the value" in bring(ROWS, "--set", "standoff_m=1,500", name="next.csv")


def test_a_height_that_may_be_either_of_two_is_left_open(bring, workspace):
    rows = [f'{row},"{height}"' for row, height in zip(ROWS, ["1,500", "", "", "", "", ""], strict=True)]
    report = bring(rows, "--kind", "military_zone", header="id,name,type,lon,lat,upper_m\n")
    assert np.isnan(tables(workspace)["list"].fields["upper_m"]).all()
    assert [d["row"] for d in report["doubts"] if d["code"] == "bad_number"] == [1]


@pytest.mark.parametrize("layer", ["list", "Other"])
def test_what_a_partner_no_longer_states_is_doubted(bring, layer):
    bring([f"{row},2000" for row in ROWS], header="id,name,type,lon,lat,standoff_m\n")
    report = bring(ROWS, "--layer", layer, name="next.csv")
    assert [d["code"] for d in report["doubts"] if "standoff_m" in d["what"]] == ["changed_layout"]


@pytest.mark.parametrize(
    "option", [["--apply", "bogus"], ["--header-row", "0"], ["--sheet", ""], ["--x-field", "none"]]
)
def test_an_option_that_makes_no_sense_is_refused(bring, workspace, option):
    before = workspace.read_bytes()
    assert bring(ROWS, *option).startswith("deconflict: ")
    assert workspace.read_bytes() == before


def test_a_file_without_a_coordinate_system_says_what_it_could_be(workspace, tmp_path, capsys, bring):
    bring(ROWS)
    lines = [f"{n},Well {n},{240_000 + 25 * n},{3_570_000 + 10 * n}" for n in range(20)]
    path = tmp_path / "metres.csv"
    path.write_text("id,name,x,y\n" + "\n".join(lines) + "\n", "utf-8")
    capsys.readouterr()
    arguments = ["import", str(workspace), str(path), "--kind", "humanitarian_site"]
    assert main([*arguments, "--json", "-"]) == 0
    first, *_ = json.loads(capsys.readouterr().out)["crs"]["candidates"]
    assert (first["code"], first["where"]) == ("EPSG:32637", "Among the other features")
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "Say its coordinate system with --crs. What it could be, the likeliest first:" in said
    assert f"  {first['code']}  {first['name']}: {first['where']}\n" in said
    assert main([*arguments, "--crs", first["code"]]) == 0
    assert "20 of 20 rows imported" in capsys.readouterr().out


def test_doubts_are_told_by_sort_with_what_can_be_done(workspace, bring, tmp_path, capsys):
    bring(ROWS)
    path = tmp_path / "other.csv"
    swapped = [f"x{n},Post {n},office,32.{n}0019,36.{n}0013" for n in range(1, 4)]
    path.write_text(HEADER + "\n".join([*ROWS, *swapped]) + "\n", "utf-8")
    assert main(["import", str(workspace), str(path), "--kind", "humanitarian_site"]) == 0
    said = capsys.readouterr().out
    assert "Doubts, the first of each sort:" in said
    assert "  3 x swapped_axes: row 7: " in said
    assert said.count("swapped_axes") == 2
    assert "Apply with --apply swapped_axes." in said


def test_the_command_itself_loads_no_library():
    code = "import sys, desktop.cli; print({'numpy', 'shapely', 'layers.model'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(("command", "first"), [("import", "child"), ("draft", "child"), ("info", "parser")])
def test_the_child_that_reads_is_started_before_anything_else(monkeypatch, command, first):
    order = []

    def parser():
        order.append("parser")
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "start_ahead", lambda: order.append("child"))
    monkeypatch.setattr(cli, "_parser", parser)
    assert main([command, "a", "b"]) == 130
    assert order[0] == first
