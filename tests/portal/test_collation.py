"""Names are sorted by the Russian alphabet with numbers in order, alike on both databases.

The expected order is that of ICU's ``ru-u-kn-true``, which PostgreSQL uses.
"""

import random

import pytest
from django.db import IntegrityError, transaction

from portal.models import School
from tests.factories import MunicipalityFactory, SchoolFactory


def in_order(names):
    municipality = MunicipalityFactory()
    shuffled = random.Random(2019).sample(names, len(names))
    for name in shuffled:
        SchoolFactory(municipality=municipality, name=name)
    return list(School.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "names",
    [
        ["Школа № 1", "Школа № 2", "Школа № 9", "Школа № 10", "Школа № 11", "Школа № 100"],
        ["Дом", "Ежи", "Ёлка", "Ель", "Жук"],
        ["еж", "ёж", "ежи", "ёжи", "ель"],
        ["а", "А", "б", "Б"],
        ["е", "ё", "ж"],
        ["Лицей", "Лицей № 1", "Лицей № 1 г. Томска", "Лицей № 7", "Школа «Перспектива»", "Школа № 3"],
        ["Гимназия «Томь»", "Гимназия Томь", "Гимназия № 2", "Школа интернат", "Школа-интернат", "Школа-сад"],
        ["СОШ № 4", "СОШ № 4 (корпус 1)", "СОШ № 4 (корпус 2)", "СОШ № 4, филиал", "СОШ № 4а", "СОШ № 40"],
        ["Центр Вега", "Центр Яркий", "Центр IT"],
        ["Школа 007", "Школа 8", "Школа 08 а"],
    ],
)
def test_names_come_in_the_order_of_the_alphabet_and_of_numbers(names):
    assert in_order(names) == names


@pytest.mark.django_db
def test_names_that_differ_in_case_alone_are_two_names():
    municipality = MunicipalityFactory()
    upper = SchoolFactory(municipality=municipality, name="Школа «Ёлка»")
    for name in ("школа «ёлка»", "Школа «Елка»"):
        SchoolFactory(municipality=municipality, name=name)
    assert list(School.objects.filter(name="Школа «Ёлка»")) == [upper]
    with pytest.raises(IntegrityError), transaction.atomic():
        SchoolFactory(municipality=municipality, name="Школа «Ёлка»")
