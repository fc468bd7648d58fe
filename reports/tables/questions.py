"""Frozen tables of the answers to a campaign's own questions, for pages and workbooks alike."""

from django.utils.translation import gettext as _

from portal.numbers import spaced
from reports.models import ReportQuestion
from reports.queries.answers import SMALL_BELOW, AnswersByPlace, Hidden, QuestionSum
from reports.tables.table import Column, Row, Table, Type

Kind = ReportQuestion.Kind


def in_words(value) -> str:
    """Return a number of answers in words: «1 234», «< 5» where it is small, «hidden» where it would tell a small
    one; nothing as nothing."""
    if value is None:
        return ""
    if value == Hidden.SMALL:
        return f"< {SMALL_BELOW}"
    return _("hidden") if value == Hidden.WITHHELD else spaced(value)


def _numbers(key, title, values, width=14) -> tuple[Column, list]:
    """Return a column and its cells: a column with a hidden number holds text, as no number stands there."""
    if any(isinstance(value, Hidden) for value in values):
        return Column(key, title, Type.TEXT, width), [in_words(value) for value in values]
    return Column(key, title, width=width), list(values)


def _hiding_note(sums) -> str:
    if not any(row.question.hides_small for row in sums):
        return ""
    return _(
        "Numbers of groups of pupils below %(n)d are hidden, and with them the numbers from which they could be "
        "computed."
    ) % {"n": SMALL_BELOW}


def title_of(question) -> str:
    """Return the question as a table names it, marked if it is asked no more."""
    return _("%(question)s (retired)") % {"question": question.text} if question.retired_at else question.text


def answers_table(level, sums: list[QuestionSum]) -> Table:
    """A row a question: how many accepted reports answered, and what they say together."""
    numbers, sum_cells = _numbers("sum", _("Sum"), [row.number for row in sums])
    wholes, whole_cells = _numbers("whole", _("Out of, pupils"), [row.whole for row in sums])
    columns = (
        Column("question", _("Question"), Type.TEXT, 60),
        Column("kind", _("Answered with"), Type.TEXT, 24),
        Column("answered", _("Reports that answered")),
        Column("of", _("Accepted reports")),
        numbers,
        wholes,
        Column("share", _("Share"), Type.SHARE, 20),
        Column("yes", _("Yes, schools")),
        Column("no", _("No, schools")),
        Column("texts", _("Texts")),
    )
    rows = []
    for row, number, whole in zip(sums, sum_cells, whole_cells, strict=True):
        is_choice, is_text = row.question.kind == Kind.YES_NO, row.question.kind == Kind.TEXT
        cells = (
            title_of(row.question),
            str(row.question.get_kind_display()),
            row.answered,
            row.of,
            number,
            whole,
            row.share,
            row.yes if is_choice else None,
            row.no if is_choice else None,
            row.texts if is_text else None,
        )
        rows.append(Row(cells, {"question": row.question.pk}))
    # What no question asks for takes no room.
    kept = [at for at in range(len(columns)) if at < ALWAYS_SHOWN or any(row.cells[at] is not None for row in rows)]
    rows = [Row(tuple(row.cells[at] for at in kept), row.params) for row in rows]
    columns = tuple(columns[at] for at in kept)
    note = _("Summed over the accepted school reports; a report may leave a question out that is not required.")
    hiding = _hiding_note(sums)
    return Table("answers", _("The campaign's own questions"), columns, tuple(rows), note=f"{note} {hiding}".strip())


ALWAYS_SHOWN = 4
"""Columns of the answers that stand whatever is asked: the question, its kind, who answered out of whom."""

PARTS = {
    Kind.NUMBER: (("number", "%(question)s"),),
    Kind.PART: (("number", "%(question)s"), ("whole", "… %(whole)s")),
    Kind.YES_NO: (("yes", "%(question)s – %(yes)s"), ("no", "%(question)s – %(no)s")),
    Kind.TEXT: (("texts", "%(question)s – %(texts)s"),),
}
"""What a table by place shows of a question of each kind: the number, and how its column is called."""


def answers_by_place_table(level, by_place: AnswersByPlace) -> Table:
    """A row a place that has accepted reports, with what it answered to each question; the total is the level's."""
    is_region = level.is_region
    first = Column("municipality", _("Municipality"), Type.TEXT, 36)
    if not is_region:
        first = Column("school", _("School"), Type.TEXT, 44)
    columns, cells = [first], [[row.name for row in by_place.rows]]
    accepted = Column("of", _("Accepted reports"), adds_up=True)
    columns.append(accepted)
    # Without a question nobody counted the reports of a place.
    cells.append([row.sums[0].of if row.sums else None for row in by_place.rows])
    total = [_("Together"), by_place.sums[0].of if by_place.sums else None]
    for at, whole in enumerate(by_place.sums):
        question = whole.question
        words = {
            "question": title_of(question),
            "whole": question.whole,
            "yes": _("yes"),
            "no": _("no"),
            "texts": _("texts"),
        }
        for name, title in PARTS[question.kind]:
            values = [getattr(row.sums[at], name) if row.sums[at].answered else None for row in by_place.rows]
            column, own = _numbers(f"{name}_{question.pk}", title % words, [*values, getattr(whole, name)], 22)
            columns.append(column)
            cells.append(own[:-1])
            total.append(own[-1])
    rows = tuple(Row(tuple(column[at] for column in cells), row.params) for at, row in enumerate(by_place.rows))
    note = _("Only places with an accepted report stand here.")
    hiding = _hiding_note(by_place.sums)
    title = _("Own questions by municipality") if is_region else _("Own questions by school")
    code = "answers_by_municipality" if is_region else "answers_by_school"
    foot = Row(tuple(total)) if rows else None
    return Table(code, title, tuple(columns), rows, foot, f"{note} {hiding}".strip())
