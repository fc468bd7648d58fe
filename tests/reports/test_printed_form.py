"""The printed form: what stands on it, and a PDF that is tagged, reproducible and indifferent to what was typed."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models import Enrolment
from reports.documents import school_report
from reports.documents.form import ColumnHead, Fact, Grid, PrintedAnswer, PrintedForm, Section, report_file_name
from reports.documents.municipal_report import municipal_form, render_municipal_report
from reports.models import KindAnswer, QuestionAnswer
from reports.queries.municipality import municipal_report_of
from reports.queries.school import report_of
from reports.writers import pdf
from tests.factories import (
    EventFactory,
    MunicipalReportFactory,
    PartnerFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
    folder_of,
)

ROLL = {f"roll_{grade}": 25 for grade in range(1, 12)} | {"roll_as_of": date(2019, 9, 1), "roll_source": "ОО-1"}
NBSP = "\u00a0"


@pytest.fixture
def reporting_day(reporting_day, english):
    """In English, so that texts stand as in the source."""


@pytest.fixture
def report(reporting_day, school, campaign, lesson, contest, club):
    """The school's report, under review: three formats, one kind without data."""
    event = EventFactory(school=school, campaign=campaign, format=lesson, status="accepted", grade_8=24, grade_9=10)
    event.partners.add(PartnerFactory(region=campaign.region, name="Завод", kind="enterprise"))
    EventFactory(school=school, campaign=campaign, format=contest, grade_8=20)
    EventFactory(school=school, campaign=campaign, format=club, status="accepted", grade_8=0, grade_2=12)
    grades = {f"grade_{grade}": 0 for grade in campaign.grades} | {"grade_8": 24, "grade_9": 10}
    found = SchoolReportFactory(
        school=school,
        campaign=campaign,
        submitted_by=UserFactory(name="Кира Школьная"),
        submitted_at=datetime(2019, 10, 18, 4, 0, tzinfo=UTC),
        conclusions="Все довольны.\nДаже автобус.",
        **grades,
        **ROLL,
    )
    KindAnswer.objects.create(report=found, kind="open_lesson", pupils=30)
    KindAnswer.objects.create(report=found, kind="contest", pupils=None)
    return report_of(folder_of(school, campaign))


def section(form: PrintedForm, title: str) -> Section:
    return next(part for part in form.sections if part.title == title)


def facts(form: PrintedForm) -> dict[str, str]:
    return {fact.label: fact.value for fact in form.facts}


# --- A school's form -------------------------------------------------------------------------


def test_a_school_s_form_says_what_its_report_says(report):
    assert school_report.school_form(report) == PrintedForm(
        language="en",
        title="School report on the career-guidance campaign",
        campaign="Осенняя профориентационная кампания 2019 года",
        place="Томская область, город Томск",
        name="МБОУ «Школа «Перспектива»»",
        facts=(
            Fact("Window", "13.09.2019 – 14.10.2019"),
            Fact("Status", "under review"),
            Fact("Version", "1"),
            Fact("Sent", "18.10.2019 11:00, Кира Школьная"),
            Fact("Enrolment", "as of 01.09.2019, ОО-1"),
            Fact("Basis of the numbers", "by lists"),
            Fact("Asked as", "how many took part"),
        ),
        sections=(
            Section(
                "By grade",
                Grid(
                    (
                        ColumnHead("Grade", 2, number=False),
                        ColumnHead("Pupils enrolled", 3),
                        ColumnHead("Participations", 3),
                        ColumnHead("Unique pupils", 3),
                        ColumnHead("Share of those enrolled", 4),
                    ),
                    (
                        ("5", "25", "0", "0", f"0{NBSP}% of 25"),
                        ("6", "25", "0", "0", f"0{NBSP}% of 25"),
                        ("7", "25", "0", "0", f"0{NBSP}% of 25"),
                        ("8", "25", "44", "24", f"96{NBSP}% of 25"),
                        ("9", "25", "10", "10", f"40{NBSP}% of 25"),
                        ("10", "25", "0", "0", f"0{NBSP}% of 25"),
                        ("11", "25", "0", "0", f"0{NBSP}% of 25"),
                    ),
                    ("Together", "175", "54", "34", f"19{NBSP}% of 175"),
                ),
                note="Participations are those of events accepted and under review; a pupil may count many times. "
                "12 participations of other grades stand by kind and by format alone.",
            ),
            Section(
                "By kind",
                Grid(
                    (
                        ColumnHead("Kind", 6, number=False),
                        ColumnHead("Events accepted", 3),
                        ColumnHead("Under review", 3),
                        ColumnHead("Participations", 3),
                        ColumnHead("Unique pupils", 3),
                    ),
                    (("Open lesson", "1", "0", "34", "30"), ("Contest", "0", "1", "20", "no data")),
                ),
                note="A pupil may have taken part in several kinds, so kinds do not add up.",
            ),
            Section(
                "Formats held",
                Grid(
                    (
                        ColumnHead("Format", 9, number=False),
                        ColumnHead("Events accepted", 3),
                        ColumnHead("Under review", 3),
                        ColumnHead("Participations", 3),
                    ),
                    (
                        ("Большие вызовы", "0", "1", "20"),
                        ("Открытый урок", "1", "0", "34"),
                        ("Фабрика миров", "1", "0", "12"),
                    ),
                    ("Together", "2", "1", "66"),
                ),
            ),
            Section("Partner organisations", text="Завод (enterprise)"),
            Section("Conclusions", text="Все довольны.\nДаже автобус."),
            Section("Difficulties", text="not stated"),
            Section("Proposals", text="not stated"),
        ),
        alert="",
        alert_note="",
        post="директор",
        signer="Д. И. Директор",
        signature_labels=("post", "signature", "name of who signs", "Place of the seal"),
        footer="Школа «Перспектива» · Осенняя профориентационная кампания 2019 года · "
        "version 1 · printed 17.10.2019 10:00",
        date_line="“___” ______________ 20___",
        page="p. {n} of {total}",
        moment=datetime(2019, 10, 17, 3, 0, tzinfo=UTC),
    )


def test_without_enrolment_no_share_is_printed(report, school, second_school, campaign):
    SchoolReportFactory(school=second_school, campaign=campaign)
    form = school_report.school_form(report_of(folder_of(second_school, campaign)))
    grades = section(form, "By grade")
    assert [head.title for head in grades.grid.heads] == ["Grade", "Participations", "Unique pupils"]
    assert grades.grid.rows[0] == ("5", "0", "10")
    assert grades.grid.total == ("Together", "0", "70")
    assert grades.note.endswith("Enrolment is not known, so no share is shown.")
    assert facts(form)["Enrolment"] == "not known"
    assert section(form, "By kind") == Section("By kind", text="No event was held.")
    assert section(form, "Partner organisations").text == "none named"


def test_enrolment_that_came_later_gives_an_answered_report_no_share(reporting_day, second_school, campaign):
    SchoolReportFactory(school=second_school, campaign=campaign)
    Enrolment.objects.create(school=second_school, academic_year="2019/2020", as_of=date(2019, 10, 16), source="ОО-1")
    form = school_report.school_form(report_of(folder_of(second_school, campaign)))
    assert facts(form)["Enrolment"] == "not known"


def test_a_report_keeps_the_enrolment_that_it_was_measured_on(report, school, campaign):
    Enrolment.objects.filter(school=school).update(grade_8=30, as_of=date(2019, 10, 1))
    form = school_report.school_form(report_of(folder_of(school, campaign)))
    assert section(form, "By grade").grid.rows[3] == ("8", "25", "44", "24", f"96{NBSP}% of 25")
    assert facts(form)["Enrolment"] == "as of 01.09.2019, ОО-1"


def test_a_report_not_begun_is_a_draft_with_gaps_and_today_s_enrolment(reporting_day, school, campaign):
    form = school_report.school_form(report_of(folder_of(school, campaign)))
    assert form.alert == "Draft"
    assert form.alert_note == "The report is not sent. This paper is for looking over, not for signing."
    assert facts(form) == {
        "Window": "13.09.2019 – 14.10.2019",
        "Status": "being written",
        "Enrolment": "as of 01.09.2019, ОО-1",
        "Basis of the numbers": "not stated",
        "Asked as": "how many took part",
    }
    assert section(form, "By grade").grid.rows[0] == ("5", "25", "0", "–", "–")
    assert section(form, "By grade").grid.total == ("Together", "175", "0", "–", "–")
    assert (
        form.footer == "Школа «Перспектива» · Осенняя профориентационная кампания 2019 года · printed 17.10.2019 10:00"
    )


def test_a_grade_without_pupils_has_no_share(report):
    report.roll_5 = 0
    assert section(school_report.school_form(report), "By grade").grid.rows[0] == ("5", "0", "0", "0", "–")


def test_a_returned_report_says_so_in_large_letters_with_the_comment(reporting_day, school, campaign):
    SchoolReportFactory(school=school, campaign=campaign, status="returned")
    form = school_report.school_form(report_of(folder_of(school, campaign)))
    assert (form.alert, form.alert_note) == ("Returned for correction", "Уточните числа.\nCorrect by 25.10.2019.")


def test_a_report_from_the_school_s_words_sent_twice_and_accepted_says_all_of_it(reporting_day, school, campaign):
    SchoolReportFactory(
        school=school,
        campaign=campaign,
        status="accepted",
        on_behalf=True,
        answered_by="never",
        basis="estimate",
        version=5,
        submitted_on=date(2019, 10, 17),
        submitted_at=datetime(2019, 10, 20, 17, 30, tzinfo=UTC),
        submitted_by=UserFactory(name="Мария Муниципальная"),
        reviewed_at=datetime(2019, 10, 22, 4, 0, tzinfo=UTC),
        reviewed_by=UserFactory(name="Пётр Проверяющий"),
    )
    form = school_report.school_form(report_of(folder_of(school, campaign)))
    assert facts(form) == {
        "Window": "13.09.2019 – 14.10.2019",
        "Status": "accepted",
        "Version": "5",
        "First sent on": "17.10.2019",
        "Sent": "21.10.2019 00:30, Мария Муниципальная",
        "Accepted": "22.10.2019 11:00, Пётр Проверяющий",
        "Who entered it": "entered on the school's behalf",
        "Enrolment": "not known",
        "Basis of the numbers": "an estimate",
        "Asked as": "how many never took part",
    }
    assert form.alert == ""


def test_a_kind_whose_events_were_returned_since_is_still_printed(report, campaign, school):
    KindAnswer.objects.create(report=report, kind="fair", pupils=1_234)
    rows = section(school_report.school_form(report_of(folder_of(school, campaign))), "By kind").grid.rows
    assert rows[-1] == ("Career fair", "0", "0", "0", f"1{NBSP}234")


@pytest.fixture
def questions(report, campaign):
    """One question of each kind and one that was retired unanswered; three are answered."""

    def ask(kind, text, **fields):
        values = {"kind": kind, "text": text, "reason": "Для карты", "ground": "Приказ 5."} | fields
        return QuestionFactory(campaign=campaign, **values)

    group = ask("part", "Участвовали с ОВЗ", whole="обучающихся с ОВЗ", about_group=True, position=1)
    class_ = ask("yes_no", "Профильный класс", position=2)
    ask("number", "Договоры", position=3)
    text = ask("text", "Чего не хватило", position=4, retired_at=datetime(2019, 10, 1, tzinfo=UTC))
    ask("text", "Снятый вопрос", position=5, retired_at=datetime(2019, 10, 1, tzinfo=UTC))
    QuestionAnswer.objects.create(report=report, question=group, number=3, whole=1_200)
    QuestionAnswer.objects.create(report=report, question=class_, yes=False)
    QuestionAnswer.objects.create(report=report, question=text, text="Автобусов")


def test_questions_stand_with_their_answers_and_why_they_were_asked(questions, report):
    why = "Why: Для карты. Ground: Приказ 5."
    assert section(school_report.school_form(report), "Questions of the campaign").answers == (
        PrintedAnswer("Участвовали с ОВЗ", "out of: обучающихся с ОВЗ", f"3 of 1{NBSP}200", why),
        PrintedAnswer("Профильный класс", "", "no", why),
        PrintedAnswer("Договоры", "", "no answer", why),
        PrintedAnswer("Чего не хватило", "", "Автобусов", why),
    )


def test_small_numbers_about_a_group_can_be_hidden_from_readers_above_the_school(questions, report):
    answers = section(school_report.school_form(report, hide_small=True), "Questions of the campaign").answers
    assert [answer.value for answer in answers] == ["hidden", "no", "no answer", "Автобусов"]


def test_a_school_s_form_costs_the_same_queries_with_few_and_many_rows(
    report, questions, campaign, lesson, school, queries_of
):
    few = len(queries_of(lambda: school_report.school_form(report_of(folder_of(school, campaign)))))
    for _ in range(20):
        event = EventFactory(school=school, campaign=campaign, format=lesson)
        event.partners.add(PartnerFactory(region=campaign.region))
    for _ in range(10):
        QuestionFactory(campaign=campaign)
    many = len(queries_of(lambda: school_report.school_form(report_of(folder_of(school, campaign)))))
    assert few == many
    assert many <= 10


# --- A municipality's form -------------------------------------------------------------------


@pytest.fixture
def municipal_report(report, questions, tomsk, campaign, second_school):
    """Of four schools one is accepted, one under review, one late and returned, one missing."""
    report.status = "accepted"
    report.save()
    SchoolReportFactory(school=second_school, campaign=campaign, submitted_on=date(2019, 10, 20))
    late = SchoolFactory(municipality=tomsk, name="Школа № 9")
    SchoolReportFactory(school=late, campaign=campaign, status="returned", submitted_on=date(2019, 10, 23))
    SchoolFactory(municipality=tomsk, name="Школа № 10")
    SchoolFactory(municipality=tomsk, name="Закрытая школа", closed_on=date(2019, 10, 1))
    MunicipalReportFactory(
        municipality=tomsk,
        campaign=campaign,
        submitted_by=UserFactory(name="Мария Муниципальная"),
        submitted_on=date(2019, 10, 24),
        proposals="Ещё ярмарку.",
    )
    return municipal_report_of(tomsk, campaign)


def test_a_municipality_s_form_says_what_its_schools_say_together(municipal_report, clock):
    clock("2019-10-25 09:00")
    form = municipal_form(municipal_report)
    why = "Why: Для карты. Ground: Приказ 5."
    assert form == PrintedForm(
        language="en",
        title="Municipal report on the career-guidance campaign",
        campaign="Осенняя профориентационная кампания 2019 года",
        place="Томская область",
        name="Город Томск. Управление образования",
        facts=(
            Fact("Window", "13.09.2019 – 14.10.2019"),
            Fact("Status", "under review"),
            Fact("Version", "1"),
            Fact("Sent", "24.10.2019 11:00, Мария Муниципальная"),
            Fact("School reports accepted", "1 of 4"),
            Fact("Basis of the numbers", "by lists: 1, an estimate: 0"),
        ),
        sections=(
            Section(
                "By grade",
                Grid(
                    (
                        ColumnHead("Grade", 2, number=False),
                        ColumnHead("Pupils enrolled", 3),
                        ColumnHead("Unique pupils", 3),
                        ColumnHead("Share of those enrolled", 4),
                    ),
                    (
                        *((str(grade), "25", "0", f"0{NBSP}% of 25") for grade in (5, 6, 7)),
                        ("8", "25", "24", f"96{NBSP}% of 25"),
                        ("9", "25", "10", f"40{NBSP}% of 25"),
                        *((str(grade), "25", "0", f"0{NBSP}% of 25") for grade in (10, 11)),
                    ),
                    ("Together", "175", "34", f"19{NBSP}% of 175"),
                ),
                note="Over accepted reports whose enrolment is known: 1 of 1.",
            ),
            Section(
                "By kind",
                Grid(
                    (
                        ColumnHead("Kind", 5, number=False),
                        ColumnHead("Events accepted", 4),
                        ColumnHead("Participations in accepted", 4),
                        ColumnHead("Unique pupils", 4),
                        ColumnHead("Share of those enrolled", 4),
                        ColumnHead("Schools without data", 3),
                    ),
                    (
                        ("Open lesson", "1", "34", "30", f"17{NBSP}% of 175", "0"),
                        ("Club", "1", "12", "–", "–", "–"),
                        ("Contest", "0", "0", "no data", "–", "1"),
                    ),
                    ("Together", "2", "46", "", "", ""),
                ),
                note="Schools that answered “no data” are left out of the kind's share, on both sides. "
                "Events under review, not counted here: 1.",
            ),
            Section(
                "Schools and their reports",
                facts=(
                    Fact("Missing (1)", "Школа № 10"),
                    Fact("Sent late (1)", "Школа № 9"),
                    Fact("Returned (1)", "Школа № 9"),
                    Fact("Under review (1)", "Школа № 2"),
                ),
            ),
            Section(
                "Questions of the campaign",
                answers=(
                    PrintedAnswer(
                        "Участвовали с ОВЗ",
                        "out of: обучающихся с ОВЗ",
                        "hidden, the numbers are small. Answered by 1 of 1 schools.",
                        why,
                    ),
                    PrintedAnswer("Профильный класс", "", "yes: 0, no: 1. Answered by 1 of 1 schools.", why),
                    PrintedAnswer("Договоры", "", "no answer", why),
                    PrintedAnswer("Чего не хватило", "", "Answered by 1 of 1 schools.", why),
                ),
            ),
            Section("Conclusions", text="Кампания прошла."),
            Section("Difficulties", text="not stated"),
            Section("Proposals", text="Ещё ярмарку."),
        ),
        alert="",
        alert_note="",
        post="начальник управления",
        signer="Н. П. Начальник",
        signature_labels=("post", "signature", "name of who signs", "Place of the seal"),
        footer="Город Томск · Осенняя профориентационная кампания 2019 года · version 1 · printed 25.10.2019 09:00",
        date_line="“___” ______________ 20___",
        page="p. {n} of {total}",
        moment=datetime(2019, 10, 25, 2, 0, tzinfo=UTC),
    )


def test_where_all_is_well_no_school_is_named(reporting_day, school, tomsk, campaign):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    form = municipal_form(municipal_report_of(tomsk, campaign))
    assert section(form, "Schools and their reports").facts == (Fact("All", "accepted, sent on time"),)
    assert section(form, "By kind").text == "No event was held."
    assert section(form, "By grade").grid.total == ("Together", "0", "0", "–")


def test_a_municipality_s_form_costs_the_same_queries_with_few_and_many_schools(
    municipal_report, tomsk, campaign, queries_of
):
    few = len(queries_of(lambda: municipal_form(municipal_report_of(tomsk, campaign))))
    for _ in range(15):
        school = SchoolFactory(municipality=tomsk)
        EventFactory(school=school, campaign=campaign, status="accepted")
        SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    many = len(queries_of(lambda: municipal_form(municipal_report_of(tomsk, campaign))))
    assert few == many
    assert many <= 12


# --- The file --------------------------------------------------------------------------------


def test_the_pdf_is_tagged_and_speaks_russian(report):
    content = school_report.render_school_report(report)
    assert content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in content
    assert re.findall(rb"/Lang\s*\((.*?)\)", content) == [b"ru"]
    assert re.findall(rb"<pdfuaid:part>(.*?)</pdfuaid:part>", content) == [b"1"]
    assert re.findall(rb"/CreationDate\((.*?)\)", content) == [b"D:20191017030000Z"]


def test_the_same_data_are_the_same_bytes(report, municipal_report, school, tomsk, campaign, clock):
    first = school_report.render_school_report(report_of(folder_of(school, campaign)))
    assert school_report.render_school_report(report_of(folder_of(school, campaign))) == first
    above = render_municipal_report(municipal_report_of(tomsk, campaign))
    assert render_municipal_report(municipal_report_of(tomsk, campaign)) == above
    clock("2019-10-17 10:01")
    assert school_report.render_school_report(report_of(folder_of(school, campaign))) != first


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


def test_three_texts_as_long_as_they_may_be_go_over_pages(report):
    for name in ("conclusions", "difficulties", "proposals"):
        setattr(report, name, "Слово за словом. " * 176)
    assert pages(school_report.render_school_report(report)) == 3


HOSTILE = [
    '#let x = 1; #x $x^2$ \\ "quotes" *b* _i_ @ref `raw` // /* */ <label> [ ] { } ~ = -',
    "<script>alert(1)</script>{n}{total}",
    "Ы" * 3_000,
    "x\u00ad" * 500,
    "😀👩‍👩‍👧 漢字 مرحبا",
    "\x00\x07\x1b\u202e\u200b\ufeff\ud800",
    "е\u0301\u0301\u0301\u0308" * 300,
    "\n" * 500,
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_typed_is_never_read_as_markup_and_breaks_nothing(report, text):
    assert pdf.render_pdf(everywhere(school_report.school_form(report), text)).startswith(b"%PDF-1.7")


def everywhere(form: PrintedForm, text: str) -> PrintedForm:
    """Return ``form`` with ``text`` in every place that people fill."""
    grid = Grid((ColumnHead("Вид", 6, number=False), ColumnHead("Участия", 3)), ((text, "1"),) * 2, (text, "2"))
    parts = (
        Section("Таблица", grid, note=text),
        Section("Ответы", answers=(PrintedAnswer(text, text, text, text),), facts=(Fact(text, text),)),
        Section("Выводы", text=text),
        Section("Предложения", text=text),
    )
    return replace(
        form,
        campaign=text,
        place=text,
        name=text,
        facts=(Fact("Кто", text),),
        sections=parts,
        alert="Возвращено",
        alert_note=text,
        post=text,
        signer=text,
        footer=text,
    )


@given(text=st.text(max_size=60))
def test_any_text_at_all_is_printed(text):
    moment = datetime(2019, 10, 17, 3, 0, tzinfo=UTC)
    labels = ("должность", "подпись", "имя", "М. П.")
    form = PrintedForm("ru", "Отчёт", "", "", "", (), (), "", "", "", "", labels, "", "", "{n}", moment)
    assert pdf.render_pdf(everywhere(form, text)).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ёлка, «Байкал» – № 5 — 1 000 ₽", "Ёлка, «Байкал» – № 5 — 1 000 руб."),
        ("и\u0306 е\u0308", "й ё"),
        ("за\u0301мок \u0301\u0301", "за\u0301мок "),
        ("а\u00adб\x00в\u202eг\ud800", "абвг"),
        ("а\tб\u2028в\r\nг", "а б\nв\nг"),
        ("😀😀 ok 👩‍👩‍👧", "□ ok □"),
        ("#let $x$ \\ <b>", "#let $x$ \\ <b>"),
    ],
)
def test_text_is_cleaned_for_the_font(typed, shown):
    assert pdf.printable(typed) == shown


def test_every_character_that_is_kept_has_a_glyph():
    kept = "".join(char for char in map(chr, range(0x20, 0x3000)) if pdf.printable(char) == char)
    moment = datetime(2019, 10, 17, 3, 0, tzinfo=UTC)
    labels = ("должность", "подпись", "имя", "М. П.")
    form = PrintedForm("ru", "Отчёт", "", "", "", (), (), "", "", "", "", labels, "", "", "{n}", moment)
    assert len(kept) > 600
    assert pdf.render_pdf(everywhere(form, " ".join(kept))).startswith(b"%PDF-1.7")


def test_the_file_has_a_name_that_windows_takes(report, municipal_report, school):
    school.name = 'Школа "Перспектива": 1/2?'
    report.school = school
    with_words = report_file_name(report)
    assert not set(with_words) & set('<>:"/\\|?*')
    assert "Школа Перспектива 1 2 . Осенняя профориентационная кампания 2019 года." in with_words
    assert with_words.endswith("1.pdf")
    assert "город Томск. Осенняя профориентационная кампания 2019 года." in report_file_name(municipal_report)
    report.campaign.name = "Кампания " * 40
    assert len(report_file_name(report)) <= 154
