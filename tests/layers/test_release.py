import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import geo, released
from layers.errors import ReleaseRefusedError
from layers.model import FeatureTable, Kind, Layer, Mode, ReleaseRecord, Workspace, new_feature, text_column
from layers.profiles import KindRule, Profile, load_profiles
from layers.release import Release, build, hand_over
from layers.release_selection import released_window
from layers.volume import Window
from layers.writers import WRITERS
from tests.layers.release_samples import NOW, layer, profile, seeded, site, workspace, zone

HOUR = timedelta(hours=1)
REPOSITORY = Path(__file__).resolve().parents[2]


def with_rule(base: Profile, kind: Kind, **changes: object) -> Profile:
    rule: KindRule = replace(base.kinds[kind], **changes)
    return replace(base, kinds={**base.kinds, kind: rule})


def names(release: Release, layer_id: str = "humanitarian_site") -> list[str]:
    found = next((item for item in release.layers if item.id == layer_id), None)
    return [] if found is None else list(found.column("name").values)


def release_of(*layers: Layer, to: str = "humanitarian", **more: object) -> Release:
    return build(workspace(*layers), profile(to), now=NOW, **more)


# ---------------------------------------------------------------- who can make one


def test_only_the_gate_can_make_a_release():
    made = release_of()
    with pytest.raises(ReleaseRefusedError, match="only be made by the release gate"):
        replace(made, _seal=object())


def test_the_seal_is_used_by_the_gate_and_nowhere_else():
    users = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("layers", "desktop", "resources")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "_SEAL" in path.read_text(encoding="utf-8")
    }
    assert users == {"layers/released.py", "layers/release.py"}


def test_no_writer_looks_behind_the_gate():
    for path in (REPOSITORY / "layers" / "writers").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "_gate" not in text, path.name
        assert "layers.model" not in text, path.name


@pytest.mark.parametrize("writer", WRITERS, ids=lambda w: w.id)
def test_a_writer_refuses_a_workspace(writer, tmp_path):
    target = tmp_path / f"x{writer.extension}"
    with pytest.raises(TypeError, match="Release, not Workspace"):
        writer.write(workspace(), target)
    assert not target.exists()


# ---------------------------------------------------------------- what leaves


def test_military_zones_become_avoid_areas_in_every_profile():
    for item in load_profiles():
        release = build(workspace(layer(Kind.MILITARY_ZONE, [zone()])), item, now=NOW)
        (only,) = release.layers
        assert only.id == "avoid_areas"
        assert {column.name for column in only.columns} == {"id", "reason", "valid_from", "valid_to"}
        assert set(only.column("reason").values) == {item.avoid_area.reason}
        assert shapely.union_all(only.geometry).covers(zone().geometry)


def test_the_margin_of_an_avoid_area_includes_the_uncertainty_of_the_zone():
    sure = release_of(layer(Kind.MILITARY_ZONE, [zone(radius_m=50)]), to="internal").layers[0].geometry
    unsure = release_of(layer(Kind.MILITARY_ZONE, [zone(radius_m=50, uncertainty_m=4000)]), to="internal")
    reach = geo.buffer(shapely.Point(36.4123457, 32.3765433), 4000)
    assert not shapely.union_all(sure).covers(reach)
    assert shapely.union_all(unsure.layers[0].geometry).covers(reach)


def test_fields_that_the_profile_does_not_name_are_absent():
    features = [site(fields={"contact": "someone", "remarks": "a remark"}, attributes={"NOTE": "x"})]
    (only,) = release_of(layer(Kind.HUMANITARIAN_SITE, features)).layers
    wanted = {"id", "name", "category", "organisation", "status", "valid_from", "valid_to", "uncertainty_m"}
    assert {column.name for column in only.columns} == wanted


def test_a_partner_column_leaves_only_when_the_profile_names_it():
    features = [site(attributes={"NOTE": "stays", "BEDS": "40"})]
    wanted = with_rule(profile("ocha"), Kind.HUMANITARIAN_SITE, attributes=("BEDS",))
    (only,) = build(workspace(layer(Kind.HUMANITARIAN_SITE, features)), wanted, now=NOW).layers
    assert only.column("BEDS").values.tolist() == ["40"]
    assert only.column("NOTE") is None


def test_a_label_keeps_a_feature_from_a_lower_profile():
    features = [
        site("Open", 36.3),
        site("Ours", 36.31, label=" Internal "),
        site("New word", 36.32, label="secret"),
    ]
    layers = [layer(Kind.HUMANITARIAN_SITE, features)]
    assert names(release_of(*layers)) == ["Open"]
    assert names(release_of(*layers, to="ocha")) == ["Open"]
    assert names(release_of(*layers, to="internal")) == ["Open", "Ours"]
    withheld = {(w.what, w.count): w.why for w in release_of(*layers).withheld}
    assert "Internal" in withheld["Humanitarian sites", 1] or "secret" in withheld["Humanitarian sites", 1]


def test_a_labelled_zone_gets_no_avoid_area_and_the_officer_is_told():
    release = release_of(layer(Kind.MILITARY_ZONE, [zone(label="internal")]))
    assert release.layers == ()
    (item,) = release.withheld
    assert "No avoid area" in item.why


def test_a_zone_without_a_place_is_reported_and_not_forgotten():
    lost = replace(zone(), geometry=None)
    release = release_of(layer(Kind.MILITARY_ZONE, [lost]))
    assert release.layers == ()
    assert "no usable position. No avoid area" in release.withheld[0].why


def test_categories_that_the_profile_does_not_name_stay():
    features = [site("Ward", 36.3), site("Guest house", 36.31, category="residence")]
    assert names(release_of(layer(Kind.HUMANITARIAN_SITE, features))) == ["Ward"]


def test_a_category_outside_the_code_list_leaves_as_other_never_as_written():
    features = [site("A", 36.3, category="secret depot")]
    (only,) = release_of(layer(Kind.HUMANITARIAN_SITE, features)).layers
    assert only.column("category").values.tolist() == ["Other"]


def test_a_code_that_is_not_in_the_list_is_not_released_as_text():
    features = [site("A", 36.3, fields={"status": "occupied by B company"})]
    (only,) = release_of(layer(Kind.HUMANITARIAN_SITE, features)).layers
    assert only.column("status").values.tolist() == [""]


def test_only_what_holds_now_or_later_leaves():
    features = [
        site("over", 36.30, window=Window(NOW - 9 * HOUR, NOW)),
        site("now", 36.31, window=Window(NOW - HOUR, NOW + HOUR)),
        site("later", 36.32, window=Window(NOW + 9 * HOUR, None)),
        site("always", 36.33),
        site("contradicts itself", 36.34, window=Window(NOW, NOW - HOUR)),
    ]
    release = release_of(layer(Kind.HUMANITARIAN_SITE, features), to="ocha")
    assert names(release) == ["now", "later", "always", "contradicts itself"]
    assert release.layers[0].column("valid_to").values[-1] == ""
    assert "They are over." in [w.why for w in release.withheld]


def test_times_only_ever_grow_when_they_are_rounded():
    window = Window(NOW + HOUR, NOW + 30 * HOUR)
    rounded = released_window(window, profile("humanitarian").kinds[Kind.MILITARY_ZONE].time, 24)
    assert rounded.start.isoformat() == "2026-11-23T00:00:00+00:00"
    assert rounded.end.isoformat() == "2026-11-25T00:00:00+00:00"
    assert released_window(rounded, profile("humanitarian").kinds[Kind.MILITARY_ZONE].time, 24) == rounded


def test_an_avoid_area_does_not_tell_when_the_activity_began():
    zones = [zone(window=Window(NOW - 70 * HOUR, NOW + 30 * HOUR))]
    (only,) = release_of(layer(Kind.MILITARY_ZONE, zones)).layers
    assert only.column("valid_from").values.tolist() == [""]
    assert only.column("valid_to").values.tolist() == ["2026-11-25T00:00:00Z"]


def test_zones_whose_rounded_windows_agree_become_one_area():
    near = [
        zone("one", 36.40, 32.30, window=Window(NOW - HOUR, NOW + 30 * HOUR)),
        zone("two", 36.41, 32.30, window=Window(NOW - 2 * HOUR, NOW + 31 * HOUR)),
    ]
    (only,) = release_of(layer(Kind.MILITARY_ZONE, near)).layers
    assert len(only) == 1


def test_positions_on_the_grid_state_the_uncertainty_that_it_brings():
    place = shapely.Point(36.3012345, 32.3098765)
    features = [new_feature(Kind.ASSESSMENT, place, name="Needs", category="needs", uncertainty_m=100)]
    (only,) = release_of(layer(Kind.ASSESSMENT, features)).layers
    point, reach = only.geometry[0], only.column("uncertainty_m").values[0]
    moved = geo.distance_m(place.x, place.y, point.x, point.y)[0]
    assert 0 < moved + 100 <= reach <= 3700


def test_released_ids_have_no_gaps_and_do_not_follow_the_order_of_the_source():
    features = [site(f"s{n}", 36.9 - n / 50, 32.0, label="internal" if n % 3 else "") for n in range(12)]
    (only,) = release_of(layer(Kind.HUMANITARIAN_SITE, features)).layers
    assert only.column("id").values.tolist() == ["1", "2", "3", "4"]
    assert only.column("name").values.tolist() == ["s9", "s6", "s3", "s0"]
    backwards = release_of(layer(Kind.HUMANITARIAN_SITE, features[::-1])).layers[0]
    assert backwards.column("name").values.tolist() == only.column("name").values.tolist()


def test_heights_are_not_released():
    features = [replace(site("A"), geometry=shapely.Point(36.3, 32.3, 817.25))]
    (only,) = release_of(layer(Kind.HUMANITARIAN_SITE, features)).layers
    assert not shapely.has_z(only.geometry[0])


def test_text_is_cleaned_of_what_formats_cannot_carry():
    features = [site("a\x00b\x1b[31m\u202ec\ud800d\uffffe", feature_id="x")]
    assert names(release_of(layer(Kind.HUMANITARIAN_SITE, features))) == ["ab[31mcde"]


# ---------------------------------------------------------------- deny by default

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def geojson_bytes(subject: Workspace, folder: Path, to: Profile) -> bytes:
    path = folder / "x.geojson"
    writer = next(w for w in WRITERS if w.id == "geojson")
    writer.write(build(subject, to, now=NOW), path)
    return path.read_bytes()


@settings(max_examples=25)
@given(extra=st.dictionaries(_TEXTS, _TEXTS, max_size=4), unknown=_TEXTS, value=_TEXTS)
def test_unknown_columns_fields_and_kinds_change_nothing(tmp_path_factory, extra, unknown, value):
    folder = tmp_path_factory.mktemp("deny")
    plain = workspace(layer(Kind.HUMANITARIAN_SITE, [site()]), layer(Kind.MILITARY_ZONE, [zone()]))
    grown = []
    for item in plain.layers:
        table = item.table
        fields = {**table.fields, f"{unknown}_": text_column([value])}
        attributes = {name: text_column([text]) for name, text in extra.items()}
        columns = {name: getattr(table, name) for name in FeatureTable.__dataclass_fields__}
        grown.append(
            replace(item, table=FeatureTable(**(columns | {"fields": fields, "attributes": attributes})))
        )
    # Kinds that this audience does not receive:
    stays = [Kind.MOVEMENT, Kind.LIAISON, Kind.NO_STRIKE_AREA, Kind.AREA_OF_OPERATIONS]
    box = shapely.box(36, 32, 36.5, 32.5)
    shapes = dict(zip(stays, (box.exterior, box.centroid, box, box), strict=True))
    grown += [layer(kind, [new_feature(kind, shapes[kind], name=value)]) for kind in stays]
    everything = replace(plain, layers=tuple(grown))
    for to in (profile("humanitarian"),):
        assert geojson_bytes(everything, folder, to) == geojson_bytes(plain, folder, to)


def test_a_format_that_the_profile_does_not_name_is_refused(tmp_path):
    narrow = replace(profile("humanitarian"), formats=("geojson",))
    release = build(workspace(layer(Kind.HUMANITARIAN_SITE, [site()])), narrow, now=NOW)
    for name in ("gpkg", "shp"):
        with pytest.raises(ReleaseRefusedError, match=name):
            hand_over(release, tmp_path / "out", [name])
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- what every product says


def test_numbers_count_for_each_profile_and_say_what_they_replace():
    first = release_of()
    assert (first.number, first.supersedes) == ("EX-2026-001-HUMANITARIAN", "")
    record = ReleaseRecord(first.number, "humanitarian", NOW, "", "", {})
    again = build(replace(workspace(), releases=(record,)), profile("humanitarian"), now=NOW)
    assert (again.number, again.supersedes) == ("EX-2026-002-HUMANITARIAN", first.number)
    other = build(replace(workspace(), releases=(record,)), profile("ocha"), now=NOW)
    assert (other.number, other.supersedes) == ("EX-2026-001-OCHA", "")


@pytest.mark.parametrize(
    ("mode", "words"), [(Mode.EXERCISE, "EXERCISE"), (Mode.TEST, "TEST"), (Mode.REAL, "")]
)
def test_every_product_says_what_it_is(mode, words, tmp_path):
    subject = workspace(layer(Kind.HUMANITARIAN_SITE, [site()]), mode=mode)
    done = hand_over(build(subject, profile("ocha"), now=NOW), tmp_path / "out")
    for file in done.files:
        text = "\n".join(_everything_readable(file.path))
        for said in (done.release.marking, done.release.number, done.release.contact, *done.release.caveats):
            assert said in text, (file.path.name, said)
        assert words in text
        assert "2026-11-25" in text, file.path.name


def _everything_readable(path: Path) -> list[str]:
    writer = next((w for w in WRITERS if w.extension == path.suffix), None)
    if writer is None:
        return list(_strings(json.loads(path.read_text("utf-8"))))
    # Markup of descriptions and lists inside cells are read as their reader does.
    texts = list(writer.read_back(path).texts)
    return texts + [text.replace("<br/>", "\n") for text in texts]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _strings(item)]


def test_partners_are_named_only_where_the_profile_allows_it():
    subject = seeded()
    source = replace(subject.sources[0], id="src-hum", partner="Médecins du Lac")
    table = subject.layers[0].table
    columns = {name: getattr(table, name) for name in FeatureTable.__dataclass_fields__}
    table = FeatureTable(**(columns | {"source": np.full(len(table), "src-hum", dtype=object)}))
    subject = replace(subject, sources=(*subject.sources, source))
    subject = subject.with_layer(replace(subject.layers[0], table=table))
    assert build(subject, profile("ocha"), now=NOW).sources == ("Médecins du Lac",)
    assert "Médecins" not in " ".join(build(subject, profile("humanitarian"), now=NOW).sources)


def test_a_profile_may_ask_for_a_named_approver(tmp_path):
    strict = replace(profile("ocha"), approver_required=True)
    release = build(workspace(layer(Kind.HUMANITARIAN_SITE, [site()])), strict, now=NOW)
    with pytest.raises(ReleaseRefusedError, match="named person"):
        hand_over(release, tmp_path / "out", ["geojson"])
    done = hand_over(release, tmp_path / "out", ["geojson"], approve_as="Col. A. Example")
    assert done.record.by == "Col. A. Example"
    assert all(b"Example" not in file.path.read_bytes() for file in done.files)


# ---------------------------------------------------------------- the folder


def small(folder: Path, **more: object):
    release = release_of(layer(Kind.HUMANITARIAN_SITE, [site()]), to="ocha")
    return hand_over(release, folder, ["geojson", "kmz"], **more)


def test_the_folder_holds_the_products_and_a_manifest_with_their_digests(tmp_path):
    done = small(tmp_path / "new" / "out")
    files = {path.name for path in (tmp_path / "new" / "out").iterdir()}
    assert files == {"EX-2026-001-OCHA.geojson", "EX-2026-001-OCHA.kmz", "manifest.json"}
    manifest = json.loads((tmp_path / "new" / "out" / "manifest.json").read_text("utf-8"))
    digests = {file.path.name: file.sha256 for file in done.files if file.format != "manifest"}
    assert {item["name"]: item["sha256"] for item in manifest["files"]} == digests
    assert manifest["number"] == done.release.number
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseRefusedError, match=r"notes\.txt"):
        small(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_foreign_manifest_does_not_make_a_folder_ours(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "some web app"}')
    with pytest.raises(ReleaseRefusedError, match=r"manifest\.json"):
        small(tmp_path)


def test_an_earlier_release_is_replaced_whole(tmp_path):
    folder = tmp_path / "out"
    small(folder)
    release = release_of(layer(Kind.HUMANITARIAN_SITE, [site("Another", 36.5)]), to="ocha")
    hand_over(replace(release, number="EX-2026-002-OCHA"), folder, ["geojson"])
    assert {path.name for path in folder.iterdir()} == {"EX-2026-002-OCHA.geojson", "manifest.json"}


def test_the_same_release_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        hand_over(build(seeded(), profile("humanitarian"), now=NOW), tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_an_empty_release_can_be_handed_over(tmp_path):
    done = hand_over(release_of(), tmp_path / "out")
    assert len(done.files) == len(WRITERS) + 1


def test_the_result_is_the_json_that_scripts_depend_on(tmp_path):
    done = hand_over(build(seeded(), profile("humanitarian"), now=NOW), tmp_path / "out", ["geojson"])
    value = json.loads(json.dumps(done.to_json()))
    assert set(value) == {"release", "profile", "files", "withheld", "audit"}
    assert value["profile"] == "humanitarian"
    assert {f["format"] for f in value["files"]} == {"geojson", "manifest"}
    assert all(set(f) == {"path", "sha256", "format"} and Path(f["path"]).is_file() for f in value["files"])
    assert all(set(w) == {"what", "count", "why"} for w in value["withheld"])
    assert {a["file"] for a in value["audit"]} == {Path(f["path"]).name for f in value["files"]}
    assert all(a["leaks"] == [] for a in value["audit"])
    readable = next(a for a in value["audit"] if a["file"].endswith("geojson"))["readable"]
    assert {k: v for k, v in readable[1].items() if k != "fields"} == {"layer": "Avoid areas", "features": 2}


def test_stopping_leaves_nothing(tmp_path):
    class StopError(Exception):
        pass

    def stop(done: int, total: int, label: str) -> None:
        if done:
            raise StopError

    with pytest.raises(StopError):
        small(tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_release_says_nothing_of_the_gate_when_it_is_printed():
    assert "KESTREL" not in repr(build(seeded(), profile("humanitarian"), now=NOW))
    assert released.MODE_WORDS[Mode.REAL] == ""
