import pytest

from layers.similarity import ALIKE, key_of, similarity


def alike(a, b):
    one, two = similarity(key_of(a), key_of(b)), similarity(key_of(b), key_of(a))
    assert one == two
    return one >= ALIKE


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Al Noor Hospital", "Al-Nour hospital"),
        ("Al Noor Hospital", "مستشفى النور"),
        ("مدرسة الأمل", "Al Amal School"),
        ("Болница Казанлък", "Kazanlak Hospital"),
        ("Лікарня Харків", "Kharkiv hospital"),
        ("Νοσοκομείο Αθήνα", "Athina Hospital"),
        ("École Voltaire", "ecole voltaire"),
        ("Kazanlak hospital", "Kazanlak Hosptial"),
        ("Mafraq clinic", "Mafrak health centre"),
        ("Green house", "Greenhouse"),
        ("School 5", "Школа №5"),
        ("Ramtha", "Rumtha"),
    ],
)
def test_the_same_name_is_known_in_other_spellings_and_scripts(a, b):
    assert alike(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("School No 1", "School No 2"),
        ("Depot A", "Depot B"),
        ("Zaatari boys school", "Zaatari girls school"),
        ("North Azraq", "South Azraq"),
        ("Azraq", "Azraq East"),
        ("Mosque", "Mosque"),
        ("", ""),
        ("Amber Hill", "Birch Hill"),
        ("مستشفى النور", "مستشفى الأمل"),
    ],
)
def test_different_names_and_names_that_say_nothing_are_not_alike(a, b):
    assert not alike(a, b)
