"""People stand in history by key alone, and of what is personal it says that it changed, not from what to what."""

import re

import pytest
from django.apps import apps
from django.db import models

from portal.actions import end_membership, save_by_staff
from portal.history import record, state_of
from portal.models import History, School, User
from portal.queries.history import history_of, kinds_in_history, lines_of
from portal.registry import history_verbs, register_verbs
from reports.models import MunicipalReport, SchoolReport
from tests.factories import UserFactory

# --- Which fields ----------------------------------------------------------------------------

LOOKS_PERSONAL = re.compile(r"name|email|phone|post|director|signed|person|passport|birth|address")
NOT_OF_PERSONS = {
    "campaigns.Campaign.name": "of a campaign",
    "campaigns.Format.name": "of a format",
    "campaigns.FormatIndicator.name": "of a number",
    "portal.EnrolmentUpload.file_name": "of a file",
    "portal.Municipality.name": "of a place",
    "portal.Partner.name": "of an organisation",
    "portal.Region.department_name": "of an organisation",
    "portal.Region.name": "of a place",
    "portal.Region.operator_name": "of an organisation",
    "portal.School.name": "of a place",
    "portal.School.official_name": "of a place",
}
"""Text fields whose names sound like a person's, and whose they are."""
OWN_MODELS = [
    model for app in ("portal", "campaigns", "events", "reports") for model in apps.get_app_config(app).get_models()
]


def labels(fields_of) -> set[str]:
    return {f"{model._meta.label}.{name}" for model in OWN_MODELS for name in fields_of(model)}


def test_each_text_field_that_sounds_personal_is_declared_so_or_known_not_to_be():
    def sounding(model):
        texts = (f for f in model._meta.concrete_fields if isinstance(f, models.CharField | models.TextField))
        return [field.name for field in texts if LOOKS_PERSONAL.search(field.name)]

    declared = labels(lambda model: getattr(model, "HISTORY_PERSONAL", ()))
    assert labels(sounding) - declared == set(NOT_OF_PERSONS)
    assert declared & set(NOT_OF_PERSONS) == set()
    assert declared == {
        "portal.School.director",
        "portal.User.email",
        "portal.User.name",
        "portal.User.password",
        "portal.User.phone",
        "reports.MunicipalReport.signed_name",
        "reports.MunicipalReport.signed_post",
        "reports.SchoolReport.signed_name",
        "reports.SchoolReport.signed_post",
    }


def test_what_is_declared_personal_is_a_field():
    for model in OWN_MODELS:
        fields = {field.name for field in model._meta.concrete_fields}
        assert getattr(model, "HISTORY_PERSONAL", set()) <= fields


# --- What entries hold -----------------------------------------------------------------------


def texts_of(entry) -> str:
    """All that an entry holds, as one text."""
    return " ".join(str(value) for value in History.objects.filter(pk=entry.pk).values_list()[0])


def test_an_entry_about_a_person_holds_no_name_and_no_address(operator, english):
    person = User(email="anna@school.example", name="Анна Школьная")
    save_by_staff(operator, person, person.save)
    person.phone = "+7 900 000-00-00"
    save_by_staff(operator, person, person.save)
    created, edited = History.objects.order_by("pk")
    assert (created.changes["email"], created.changes["name"], edited.changes) == (
        ["…", "*"],
        ["…", "*"],
        {"phone": ["…", "*"]},
    )
    # A phone that was not given is no change.
    assert created.changes["phone"] == [None, ""]
    for entry in (created, edited):
        for word in ("anna@", "Анна", "+7 900", operator.name, operator.email):
            assert word not in texts_of(entry)
    assert [entry.changes for entry in history_of(person)] == [
        (("phone", "", "changed"),),
        (("e-mail", "", "changed"), ("full name", "", "changed"), ("can sign in", "–", "yes")),
    ]
    person.name = "Анна Новая"
    person.save()
    assert [line.about for line in lines_of([created], kinds_in_history())] == ["Анна Новая"]


def test_an_entry_about_a_role_points_to_the_person_by_key(operator, coordinator, english):
    membership = coordinator.memberships.get()
    record(operator, "create", membership, after=state_of(membership))
    entry = History.objects.get()
    assert entry.changes["user"] == [None, coordinator.pk]
    assert (coordinator.name in texts_of(entry), coordinator.email in texts_of(entry)) == (False, False)
    [line] = lines_of([entry], kinds_in_history())
    assert line.entry.changes[0] == ("user", "–", coordinator.name)


def test_a_person_who_is_renamed_is_renamed_in_all_of_history(operator, school, coordinator):
    end_membership(operator, coordinator.memberships.get())
    User.objects.filter(pk=operator.pk).update(name="Человек забыт")
    [entry] = history_of(coordinator.memberships.get())
    assert entry.who == "Человек забыт"


def test_of_a_director_history_says_that_there_is_another(operator, school, english):
    school.director, school.name = "Новый Директор", "Школа № 1"
    save_by_staff(operator, school, school.save)
    [entry] = history_of(School.objects.get(pk=school.pk))
    assert entry.changes == (("short name", "Школа «Перспектива»", "Школа № 1"), ("director", "", "changed"))
    assert History.objects.get().changes["director"] == ["…", "*"]


@pytest.mark.parametrize("model", [SchoolReport, MunicipalReport])
def test_of_who_signs_a_report_history_says_that_they_changed(model, operator, school, tomsk, campaign):
    place = {"school": school} if model is SchoolReport else {"municipality": tomsk}
    report = model(pk=1, campaign=campaign, signed_name="Иванов И. И.", signed_post="директор", **place)
    record(operator, "write", report, after=state_of(report))
    changes = History.objects.get().changes
    assert (changes["signed_name"], changes["signed_post"]) == (["…", "*"], ["…", "*"])


# --- What is done, and for whom --------------------------------------------------------------


def test_a_verb_that_no_app_registered_is_refused(operator, school):
    with pytest.raises(LookupError, match="burn"):
        record(operator, "burn", school)
    assert History.objects.count() == 0


def test_a_verb_has_one_label():
    before = dict(history_verbs)
    with pytest.raises(ValueError, match="edit"):
        register_verbs({"edit": "edited"})
    assert history_verbs == before


def test_an_entry_says_for_which_place_it_was_done(operator, school, tomsk):
    record(operator, "edit", school, for_whom=school)
    record(operator, "edit", school, for_whom=tomsk)
    record(operator, "edit", school)
    assert [*History.objects.order_by("pk").values_list("for_school", "for_municipality")] == [
        (school.pk, None),
        (None, tomsk.pk),
        (None, None),
    ]
    assert [entry.for_whom for entry in history_of(school)] == ["", tomsk.name, school.name]


def test_what_is_neither_school_nor_municipality_is_acted_for_by_nobody(operator, school, region):
    with pytest.raises(KeyError):
        record(operator, "edit", school, for_whom=region)


def test_a_person_whom_history_names_is_not_deleted(operator, school):
    stranger = UserFactory()
    record(stranger, "edit", school)
    with pytest.raises(models.ProtectedError):
        stranger.delete()
