"""Answers to the campaign's own questions, summed and counted over the accepted reports of a level.

Sums are read above the school, where small numbers about groups of pupils are hidden, and those of any size that one
school alone answered. They leave this module as :class:`Hidden`, never as numbers, so that no page and no sheet can
show them.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from django.db.models import Count, F, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from reports.models import QuestionAnswer, ReportQuestion
from reports.queries.levels import Level
from reports.queries.municipality import accepted_reports

SMALL_BELOW = 5
"""A number of pupils below this, and above zero, points at single children."""

Kind = ReportQuestion.Kind


# --- Small numbers ---------------------------------------------------------------------------


class Hidden(StrEnum):
    """A number that is not shown."""

    SMALL = "small"
    """It is small: 1 to 4."""
    WITHHELD = "withheld"
    """Whoever knew it could compute a small one."""


@dataclass(frozen=True)
class Hiding:
    """How each cell of a column and its total are hidden; None is shown."""

    cells: tuple[Hidden | None, ...]
    total: Hidden | None = None


def is_small(value) -> bool:
    return bool(value) and 0 < value < SMALL_BELOW


def hide_small(values, also=frozenset()) -> Hiding:
    """Return what to hide in a column of ``values``, so that no small one can be recovered.

    1 to 4 are hidden, zero never is; ``also`` are the places of cells that are hidden for another column's sake.
    Where the total, the shown cells and the bounds of the hidden ones would still give one away, the next smallest
    cell that is not zero is hidden too, and the total as a last resort.
    """
    values = list(values)
    small = {place for place, value in enumerate(values) if is_small(value)}
    hidden = small | set(also)
    if not hidden:
        return Hiding((None,) * len(values))
    whole = sum(values)
    total = Hidden.SMALL if is_small(whole) else None
    more = sorted((value, place) for place, value in enumerate(values) if value and place not in hidden)
    withheld = set()
    while total is None:
        shown = sum(value for value, _place in more)
        at_most = more[0][0] if more else inf
        bounds = [
            (1, SMALL_BELOW - 1) if place in small else (SMALL_BELOW, at_most) if place in withheld else (0, inf)
            for place in hidden
        ]
        if not _gives_away(bounds, whole - shown):
            break
        if more:
            place = more.pop(0)[1]
            hidden.add(place)
            withheld.add(place)
        else:
            total = Hidden.WITHHELD
    if total == Hidden.SMALL and len(small) == SMALL_BELOW - 1:
        total = Hidden.WITHHELD  # four cells under «< 5» can only be 1 each
    cells = (
        Hidden.SMALL if place in small else Hidden.WITHHELD if place in hidden else None for place in range(len(values))
    )
    return Hiding(tuple(cells), total)


def _gives_away(bounds, together: int) -> bool:
    """Whether one of the numbers within ``bounds`` that add up to ``together`` can only be what it is."""
    lows = sum(low for low, _high in bounds)
    highs = sum(high for _low, high in bounds if high != inf)
    unbounded = sum(high == inf for _low, high in bounds)
    for low, high in bounds:
        if high == inf:
            others_most = highs if unbounded == 1 else inf
        else:
            others_most = inf if unbounded else highs - high
        if max(low, together - others_most) >= min(high, together - (lows - low)):
            return True
    return False


def _hide_parts(numbers, wholes, also) -> tuple[Hiding, Hiding]:
    """Hide numbers and what they are out of together: where one of the two is hidden, so is the other."""
    while True:
        pair = hide_small(numbers, also), hide_small(wholes, also)
        found = frozenset(place for one in pair for place, cell in enumerate(one.cells) if cell)
        if found == also:
            break
        also = found
    if any(one.total for one in pair):
        pair = tuple(Hiding(one.cells, one.total or Hidden.WITHHELD) for one in pair)
    return pair


# --- Sums ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionSum:
    """What the accepted reports of a place answered to a question.

    ``answered`` of ``of`` reports did. ``number`` and ``whole`` are sums, None where nobody answered with a number,
    :class:`Hidden` where they are not shown; ``yes`` and ``no`` count schools, ``texts`` count answers.
    """

    question: ReportQuestion
    answered: int
    of: int
    number: int | Hidden | None = None
    whole: int | Hidden | None = None
    yes: int = 0
    no: int = 0
    texts: int = 0

    @property
    def is_hidden(self) -> bool:
        return isinstance(self.number, Hidden) or isinstance(self.whole, Hidden)

    @property
    def share(self):
        """The number out of its whole as ``(n, of)``, or None where it is not shown or has none."""
        return None if self.is_hidden or not self.whole else (self.number, self.whole)


@dataclass(frozen=True)
class PlaceAnswers:
    """A municipality of a region, or a school of a municipality, with what it answered to each question.

    ``params`` name the place in an address."""

    pk: int
    name: str
    params: dict
    sums: tuple[QuestionSum, ...]


@dataclass(frozen=True)
class AnswersByPlace:
    """The places of a level that have accepted reports, and the sums of the level itself."""

    sums: tuple[QuestionSum, ...]
    rows: tuple[PlaceAnswers, ...]


def _place(level: Level, prefix: str = "") -> str:
    return f"{prefix}folder__municipality" if level.is_region else f"{prefix}school"


def _asked(level: Level, reports, only: ReportQuestion | None) -> list[ReportQuestion]:
    """Return the campaign's questions, the retired ones included, each with the number of accepted reports."""
    counted = reports.annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    questions = ReportQuestion.objects.filter(campaign=level.campaign)
    if only is not None:
        questions = questions.filter(pk=only.pk)
    return list(questions.annotate(of=Coalesce(Subquery(counted), 0)))


def _answered(level: Level, reports, only: ReportQuestion | None) -> dict[int, dict[int, dict]]:
    """Return what each place answered: ``{question id: {place id: counts}}``."""
    answers = QuestionAnswer.objects.order_by().filter(report__in=reports.values("pk"))
    if only is not None:
        answers = answers.filter(question=only)
    rows = answers.values("question_id", place=F(_place(level, "report__"))).annotate(
        answered=Count("pk"),
        sum_number=Sum("number"),
        sum_whole=Sum("whole"),
        said_yes=Count("pk", filter=Q(yes=True)),
        said_no=Count("pk", filter=Q(yes=False)),
        texts=Count("pk", filter=~Q(text="")),
    )
    found: dict = {}
    for row in rows:
        found.setdefault(row["question_id"], {})[row["place"]] = row
    return found


def _hidings(question: ReportQuestion, numbers, wholes, alone: frozenset) -> tuple[Hiding, Hiding]:
    """Return how numbers and what they are out of are hidden; ``alone`` are the places where one school answered."""
    if not question.hides_small:
        shown = Hiding((None,) * len(numbers))
        return shown, shown
    if question.kind == Kind.PART:
        pair = _hide_parts(numbers, wholes, alone)
    else:
        pair = hide_small(numbers, alone), Hiding((None,) * len(wholes))
    is_one_schools = len(numbers) == len(alone) == 1
    return tuple(_hide_alone(hiding, alone, is_one_schools) for hiding in pair)


def _hide_alone(hiding: Hiding, alone: frozenset, is_one_schools: bool) -> Hiding:
    """Hide what one school answered, of whatever size: a sum of one is that school's own number."""
    cells = tuple(Hidden.WITHHELD if place in alone else cell for place, cell in enumerate(hiding.cells))
    return Hiding(cells, Hidden.WITHHELD if is_one_schools else hiding.total)


def _sums(level: Level, question, rows: dict[int, dict]) -> tuple[QuestionSum, dict[int, QuestionSum]]:
    """Return the level's sum and that of each place which answered, small numbers hidden. The reports of a place are
    not known here: its ``of`` is 0."""
    places = sorted(rows)
    numbers = [rows[place]["sum_number"] or 0 for place in places]
    wholes = [rows[place]["sum_whole"] or 0 for place in places]
    alone = frozenset(at for at, place in enumerate(places) if rows[place]["answered"] == 1)
    hidden, hidden_whole = _hidings(question, numbers, wholes, alone)
    has_number = question.kind in (Kind.NUMBER, Kind.PART) and bool(rows)
    has_whole = question.kind == Kind.PART and bool(rows)

    def total(name):
        return sum(row[name] for row in rows.values())

    whole = QuestionSum(
        question,
        total("answered"),
        question.of,
        (hidden.total or sum(numbers)) if has_number else None,
        (hidden_whole.total or sum(wholes)) if has_whole else None,
        total("said_yes"),
        total("said_no"),
        total("texts"),
    )
    by_place = {
        place: QuestionSum(
            question,
            rows[place]["answered"],
            0,
            (hidden.cells[at] or numbers[at]) if has_number else None,
            (hidden_whole.cells[at] or wholes[at]) if has_whole else None,
            rows[place]["said_yes"],
            rows[place]["said_no"],
            rows[place]["texts"],
        )
        for at, place in enumerate(places)
    }
    return whole, by_place


def _read(level: Level, only: ReportQuestion | None = None):
    reports = accepted_reports(level)
    answered = _answered(level, reports, only)
    # A question that was retired before anybody answered it was not asked.
    asked = [row for row in _asked(level, reports, only) if row.retired_at is None or row.pk in answered]
    return reports, [_sums(level, question, answered.get(question.pk, {})) for question in asked]


def answers(level: Level) -> list[QuestionSum]:
    """Return what the accepted reports of a level answered to each question of its campaign: two queries."""
    _reports, found = _read(level)
    return [whole for whole, _by_place in found]


def rows_by_place(level: Level, question: ReportQuestion | None = None) -> AnswersByPlace:
    """Return the same, and beside it what each place of the level answered: the municipalities of a region, the
    schools of a municipality. ``question`` narrows it to one. Three queries."""
    reports, found = _read(level, question)
    place = _place(level)
    slug = "folder__municipality__slug"
    known = (
        reports.values_list(f"{place}_id", f"{place}__name", slug)
        .annotate(n=Count("pk"))
        .order_by(f"{place}__name", f"{place}_id")
    )
    rows = []
    for pk, name, municipality, n in known:
        own = (
            QuestionSum(**{**vars(by_place[pk]), "of": n}) if pk in by_place else QuestionSum(whole.question, 0, n)
            for whole, by_place in found
        )
        params = {"municipality": municipality} | ({} if level.is_region else {"school": pk})
        rows.append(PlaceAnswers(pk, name, params, tuple(own)))
    return AnswersByPlace(tuple(whole for whole, _by_place in found), tuple(rows))


def texts(level: Level, question: ReportQuestion):
    """Return the written answers of the level's accepted reports, by school; to be paged."""
    return (
        QuestionAnswer.objects.filter(report__in=accepted_reports(level).values("pk"), question=question)
        .exclude(text="")
        .select_related("report__school")
        .order_by("report__school__name", "report__school_id")
    )
