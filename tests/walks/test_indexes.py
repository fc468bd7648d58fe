"""Indexes: none is the beginning of another, which would be written with every row and read for nothing."""

import pytest
from django.apps import apps
from django.db import connection, models

OWN_APPS = ("portal", "campaigns", "events", "reports")
MODELS = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models()]


def indexes_of(model) -> dict[str, tuple[str, ...]]:
    """The columns of the indexes that hold every row, by name; those of single fields too."""
    meta = model._meta
    found = {
        index.name: tuple(name for name, _order in index.fields_orders)
        for index in meta.indexes
        if index.fields and index.condition is None
    }
    found |= {
        constraint.name: constraint.fields
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and constraint.condition is None
    }
    found |= {field.name: (field.name,) for field in meta.concrete_fields if field.unique or field.db_index}
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_index_is_the_beginning_of_another(model):
    found = indexes_of(model)
    doubled = [
        (name, longer)
        for name, columns in found.items()
        for longer, others in found.items()
        if name != longer and columns == others[: len(columns)]
    ]
    assert doubled == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_database_has_what_the_model_says(model):
    """A migration that drops the index of one column may take another of that column along."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    named = {row.name for row in (*model._meta.indexes, *model._meta.constraints)}
    assert named - found.keys() == set()
    alone = {part["columns"][0] for part in found.values() if part["index"] and len(part["columns"] or ()) == 1}
    plain = {field.column for field in model._meta.concrete_fields if field.db_index and not field.unique}
    assert plain - alone == set()
