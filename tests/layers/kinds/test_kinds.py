"""Every kind of the design is declared once, whole."""

import pkgutil

import pytest

import layers.kinds
from layers.kinds import KINDS, spec_of
from layers.model import BASE_COLUMNS, FieldType, Kind


def test_every_kind_is_declared_once_in_its_own_file():
    files = {module.name for module in pkgutil.iter_modules(layers.kinds.__path__)} - {"common"}
    assert files == {kind.value for kind in Kind}
    assert [spec.kind for spec in KINDS] == list(Kind)


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind.value)
def test_a_kind_has_words_shapes_and_unique_names(spec):
    assert spec.title and spec.title_plural and spec.help.endswith(".") and spec.geometries
    names = [field.name for field in spec.fields]
    assert len(set(names)) == len(names) and not set(names) & set(BASE_COLUMNS)
    ids = [code.id for code in spec.categories]
    assert ids and len(set(ids)) == len(ids)
    for field in spec.fields:
        assert (field.type is FieldType.CODE) == bool(field.codes)
    assert spec_of(spec.kind) is spec


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind.value)
def test_every_kind_has_a_contact_or_is_reference(spec):
    assert "contact" in {field.name for field in spec.fields} or spec.kind is Kind.REFERENCE
