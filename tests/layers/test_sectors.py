"""Which sectors features state, and whether two share one."""

import numpy as np

from layers.kinds import spec_of
from layers.model import Kind, Layer, Mode, new_feature, new_workspace, table_of
from layers.scene import Scene
from layers.sectors import same_sector, sector_words, sectors_of
from layers.sides import Selection
from layers.volume import Overlap


def sectors(now, *stated, category="", kind=Kind.PROJECT):
    features = [new_feature(kind, None, category=category, fields={"sector": text}) for text in stated]
    workspace = new_workspace("Sectors", Mode.TEST, now).with_layer(
        Layer("l", kind, "l", table_of(spec_of(kind), features))
    )
    return sectors_of(Scene(workspace).select(Selection((kind,), anywhere=True)))


def test_words_of_partners_are_read(now):
    health, also, several, nothing, odd = sectors(now, "health", "santé", "WASH / Health", "", "governance")
    assert health == also
    assert sector_words(int(several)) == "health, water and sanitation"
    assert nothing == 0
    assert sector_words(int(odd)) == ""


def test_the_category_of_a_project_implies_a_sector_only_where_none_is_stated(now):
    (implied,) = sectors(now, "", category="water")
    (stated,) = sectors(now, "health", category="water")
    assert sector_words(int(implied)) == "water and sanitation"
    assert sector_words(int(stated)) == "health"
    assert sectors(now, "", category="needs", kind=Kind.ASSESSMENT)[0] == 0


def test_an_unknown_word_is_never_taken_for_another_sector(now):
    a = sectors(now, "health", "health", "health", "health", "wash; governance")
    b = sectors(now, "health", "wash", "", "wash; governance", "wash")
    expected = [Overlap.YES, Overlap.NO, Overlap.UNKNOWN, Overlap.UNKNOWN, Overlap.YES]
    assert same_sector(a, b).tolist() == [answer.value for answer in expected]
    assert np.array_equal(same_sector(a, b), same_sector(b, a))
