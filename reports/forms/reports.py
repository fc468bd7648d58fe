"""Forms of the chain: a school's report, a municipality's, a return."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms.fields import CountField, DayField, LineField
from reports.checks import range_text
from reports.models import ReportQuestion, SchoolReport
from reports.queries.school import Known

LONG_TEXT = 3_000
NEVER = SchoolReport.AnsweredBy.NEVER


class _Form(forms.Form):
    """Marks what has an error, for eyes and for screen readers."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)

    def dress(self) -> None:
        """Give every field its class and the mark of its error; called when all fields are there."""
        for field in self.fields.values():
            field.label = capfirst(field.label) if field.label else field.label
        for name, field in self.fields.items():
            if not isinstance(field.widget, forms.RadioSelect | forms.CheckboxInput):
                field.widget.attrs.setdefault("class", "form-control")
            if self.is_bound and name in self.errors:
                field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} is-invalid".strip()
                field.widget.attrs["aria-invalid"] = "true"


def _text(label, help_text="", rows=3):
    return forms.CharField(
        label=label,
        max_length=LONG_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class _Texts(_Form):
    """What both reports end with."""

    conclusions = _text(gettext_lazy("conclusions"), gettext_lazy("What worked, in a sentence or two."))
    difficulties = _text(gettext_lazy("difficulties"))
    proposals = _text(gettext_lazy("proposals"))
    signed_name = LineField(label=gettext_lazy("who signs"), max_length=200, required=False)
    signed_post = LineField(label=gettext_lazy("post of who signs"), max_length=200, required=False)

    TEXTS = ("conclusions", "difficulties", "proposals", "signed_name", "signed_post")


class SchoolReportForm(_Texts):
    """Takes what is ``known`` of the school, its ``report`` as it is stored and the campaign's ``questions`` whose
    answers its writer may see; a question that is not among them, or not in what was sent, keeps its stored answer.

    A number of which one value alone is possible is filled in.
    """

    answered_by = forms.ChoiceField(
        label=gettext_lazy("in the numbers by grade I say"),
        choices=SchoolReport.AnsweredBy.choices,
        widget=forms.RadioSelect,
        initial=SchoolReport.AnsweredBy.TOOK_PART,
        required=False,
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("the numbers rest on"),
        choices=SchoolReport.Basis.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args, known: Known, report: SchoolReport, questions=(), **options):
        self.known, self.report, self.questions = known, report, list(questions)
        options["initial"] = school_report_initial(report, known, self.questions) | options.get("initial", {})
        super().__init__(*args, **options)
        for row in known.grades:
            self.fields[f"grade_{row.grade}"] = CountField(label=_("grade {grade}").format(grade=row.grade))
        for row in known.kinds:
            self.fields[f"kind_{row.kind}"] = CountField(label=row.label, max_value=99_999)
            self.fields[f"nodata_{row.kind}"] = forms.BooleanField(label=_("no data"), required=False)
        for question in self.questions:
            self._add(question)
        if known.enrolment is None:
            del self.fields["answered_by"]
        # As the page has them, so that the errors above the form come in the same order.
        texts = [name for name in self.fields if name in self.TEXTS]
        asked = [name for name in self.fields if name.startswith("question_")]
        numbers = [name for name in self.fields if name.startswith(("grade_", "kind_", "nodata_"))]
        self.order_fields(["answered_by", *numbers, "basis", *asked, *texts])
        self.dress()

    def _add(self, question: ReportQuestion) -> None:
        name, kinds = f"question_{question.pk}", ReportQuestion.Kind
        if question.kind == kinds.TEXT:
            self.fields[name] = forms.CharField(
                label=question.text, max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )
        elif question.kind == kinds.YES_NO:
            choices = [("yes", _("yes")), ("no", _("no"))]
            if not question.is_required:
                choices.append(("", _("no answer")))
            self.fields[name] = forms.ChoiceField(
                label=question.text, choices=choices, widget=forms.RadioSelect, required=False
            )
        else:
            self.fields[name] = CountField(label=question.text, max_value=999_999)
        if question.kind == kinds.PART:
            self.fields[f"{name}_whole"] = CountField(label=question.whole, max_value=999_999)

    def clean_answered_by(self):
        return self.cleaned_data["answered_by"] or SchoolReport.AnsweredBy.TOOK_PART

    def clean(self):
        values = super().clean()
        never = values.get("answered_by") == NEVER
        for row in self.known.grades:
            name, found = f"grade_{row.grade}", row.never if never else row.took_part
            if name not in values or found is None:
                continue
            # What was filled in for the other way of answering is the answer to it, not to this one.
            is_of_other_way = never and values[name] == row.took_part.only and values[name] not in found
            if values[name] is None or (is_of_other_way and found.only is not None):
                values[name] = found.only
        pupils = _pupils(self.known, values, never)
        for row in self.known.kinds:
            if not values.get(f"nodata_{row.kind}") and values.get(f"kind_{row.kind}") is None:
                values[f"kind_{row.kind}"] = _only(row, pupils)
        return values

    # --- For the template ----------------------------------------------------------------

    @property
    def grade_rows(self):
        """Rows of the table of grades: ``(what is known, bound field)``."""
        return [(row, self[f"grade_{row.grade}"]) for row in self.known.grades]

    @property
    def kind_rows(self):
        """Rows of the table of kinds: ``(what is known, possible numbers in words, number, no data)``."""
        pupils = self.report.pupils
        most = sum(row.took_part.high for row in self.known.grades) if pupils is None else pupils
        return [
            (row, range_text(row.within(most)), self[f"kind_{row.kind}"], self[f"nodata_{row.kind}"])
            for row in self.known.kinds
        ]

    @property
    def question_rows(self):
        """The campaign's own questions: ``(question, bound field, bound field of the whole or None)``."""
        return [
            (
                question,
                self[f"question_{question.pk}"],
                self[f"question_{question.pk}_whole"] if question.kind == ReportQuestion.Kind.PART else None,
            )
            for question in self.questions
        ]

    # --- For the action ------------------------------------------------------------------

    @property
    def report_values(self) -> dict:
        """What was typed, as the action takes it; «no data» is ticked on purpose, so it stands before a number."""
        data = self.cleaned_data
        kinds = {}
        for row in self.known.kinds:
            if data.get(f"nodata_{row.kind}"):
                kinds[row.kind] = None
            elif data.get(f"kind_{row.kind}") is not None:
                kinds[row.kind] = data[f"kind_{row.kind}"]
        return {
            "grades": {row.grade: data[f"grade_{row.grade}"] for row in self.known.grades},
            "kinds": kinds,
            "answers": {question.pk: self._answer(question) for question in self.questions if self._was_sent(question)},
            "answered_by": data.get("answered_by", SchoolReport.AnsweredBy.TOOK_PART),
            "basis": data["basis"],
            **{name: data[name] for name in self.TEXTS},
        }

    def _was_sent(self, question) -> bool:
        name = f"question_{question.pk}"
        return any(self.add_prefix(key) in self.data for key in (name, f"{name}_whole"))

    def _answer(self, question) -> dict:
        value = self.cleaned_data[f"question_{question.pk}"]
        answer = {"number": None, "whole": None, "yes": None, "text": ""}
        if question.kind == ReportQuestion.Kind.TEXT:
            answer["text"] = value
        elif question.kind == ReportQuestion.Kind.YES_NO:
            answer["yes"] = {"yes": True, "no": False}.get(value)
        else:
            answer["number"] = value
        if question.kind == ReportQuestion.Kind.PART:
            answer["whole"] = self.cleaned_data[f"question_{question.pk}_whole"]
        return answer


def _pupils(known: Known, values, never: bool) -> int | None:
    """Return the unique pupils in all that the numbers by grade say; None while one is missing."""
    total = 0
    for row in known.grades:
        number = values.get(f"grade_{row.grade}")
        if number is None or (never and row.enrolled is None):
            return None
        total += row.enrolled - number if never else number
    return total


def _only(row, pupils: int | None) -> int | None:
    """Return a kind's number where only one is possible."""
    return row.only if pupils is None else row.within(pupils).only


def school_report_initial(report: SchoolReport, known: Known, questions) -> dict:
    """Return what the form starts with: what is stored, and numbers of which one alone is possible."""
    values = {name: getattr(report, name) for name in ("answered_by", "basis", *_Texts.TEXTS)}
    values["version"] = report.version
    never = report.answered_by == NEVER
    for row in known.grades:
        pupils, found = report.by_grade[row.grade], row.never if never else row.took_part
        if pupils is not None:
            enrolled = report.roll[row.grade] if report.roll else None
            values[f"grade_{row.grade}"] = enrolled - pupils if never and enrolled is not None else pupils
        elif found is not None:
            values[f"grade_{row.grade}"] = found.only
    pupils = _pupils(known, values, never)
    values |= {f"kind_{row.kind}": _only(row, pupils) for row in known.kinds}
    if report.pk:
        for answer in report.kinds.all():
            values[f"kind_{answer.kind}"] = answer.pupils
            values[f"nodata_{answer.kind}"] = answer.pupils is None
        for answer in report.answers.filter(question__in=[question.pk for question in questions]):
            name = f"question_{answer.question_id}"
            values[name] = answer.number if answer.number is not None else answer.text
            if answer.yes is not None:
                values[name] = "yes" if answer.yes else "no"
            values[f"{name}_whole"] = answer.whole
    return values


class MunicipalReportForm(_Texts):
    """Takes the municipality's ``report`` as it is stored."""

    def __init__(self, *args, report, **options):
        options["initial"] = {"version": report.version, **{name: getattr(report, name) for name in self.TEXTS}}
        super().__init__(*args, **options)
        self.dress()


class ReturnForm(_Form):
    """What to correct, and by when; for a report that is reopened, which events are returned with it."""

    comment = forms.CharField(
        label=gettext_lazy("what to correct"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1_000}),
    )
    correct_by = DayField(label=gettext_lazy("correct by"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.dress()


class CloseForm(_Form):
    """Why no report is expected of a school any more, and the letter that it rests on."""

    reason = LineField(label=gettext_lazy("why it is closed without a report"), max_length=500, required=False)
    letter = LineField(label=gettext_lazy("number of the letter"), max_length=100, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.dress()
