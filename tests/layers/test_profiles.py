import pytest

from layers.errors import LayersError
from layers.model import Kind
from layers.profiles import GeometryRule, load_profiles, parse_profile
from layers.writers import WRITERS
from resources import resource


def text_of(name: str) -> str:
    return resource("profiles", f"{name}.toml").read_text(encoding="utf-8")


def test_three_audiences_are_shipped_the_own_headquarters_first():
    assert [p.id for p in load_profiles()] == ["internal", "ocha", "humanitarian"]


def test_every_shipped_profile_turns_military_zones_into_avoid_areas():
    for profile in load_profiles():
        assert profile.kinds[Kind.MILITARY_ZONE].geometry is GeometryRule.AVOID_AREA
        assert profile.kinds[Kind.MILITARY_ZONE].fields == ()


def test_every_shipped_profile_carries_the_three_caveats_and_known_formats():
    for profile in load_profiles():
        together = " ".join(profile.caveats)
        assert "not approval" in together
        assert "does not mean that a place is safe" in together
        assert "does not depend on being listed" in together
        assert set(profile.formats) <= {writer.id for writer in WRITERS}


def test_a_feature_labelled_internal_leaves_only_for_the_own_headquarters():
    assert [p.id for p in load_profiles() if "internal" in p.labels] == ["internal"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('id = "ocha"', 'id = "ocha"\nsurprise = 1', "surprise"),
        ("[kinds.hazard]", "[kinds.hazard]\nfeilds = []", "feilds"),
        ("[kinds.hazard]", "[kinds.target]", "not a kind"),
        ('"confidence"', '"no_such_field"', "no_such_field"),
        ('geometry = "grid"', 'geometry = "blurred"', "blurred"),
        ("valid_hours = 48", "valid_hours = 0", "valid_hours"),
        ("valid_hours = 48", "", "valid_hours"),
        ("partner_names = true", 'partner_names = "yes"', "partner_names"),
        ("caveats = [", "caveats = [1,", "caveats"),
        ("cell_m = 1000", "cell_m = 1000\ncell_km = 1", "cell_km"),
        ('marking = "', "marking = ", "TOML"),
    ],
)
def test_what_a_profile_file_says_wrongly_is_an_error_that_names_it(old, new, what):
    text = text_of("ocha")
    assert old in text
    with pytest.raises(LayersError, match=what):
        parse_profile(text.replace(old, new, 1))


def test_a_profile_cannot_release_military_zones_themselves():
    text = text_of("internal").replace('geometry = "avoid_area"', 'geometry = "exact"', 1)
    with pytest.raises(LayersError, match="military zones never leave"):
        parse_profile(text)


def test_a_profile_cannot_release_fields_of_military_zones():
    text = text_of("internal").replace(
        'geometry = "avoid_area"', 'geometry = "avoid_area"\nfields = ["unit"]', 1
    )
    with pytest.raises(LayersError, match="cannot release fields"):
        parse_profile(text)


def test_an_unknown_category_is_an_error():
    text = text_of("humanitarian").replace('"hospital"', '"hopsital"', 1)
    with pytest.raises(LayersError, match="hopsital"):
        parse_profile(text)
