"""What a school report costs a school: how many questions it will face, and about how long they take.

The seconds are assumptions, stated here alone: for one who has the lists at hand and types what they say.
"""

from dataclasses import dataclass

from campaigns.models import Format
from reports.models import ReportQuestion

SECONDS_A_NUMBER = 15
SECONDS_A_CHOICE = 5
"""Yes or no, or one of a few."""
SECONDS_A_TEXT = 60

CHOICES = ("basis",)
TEXTS = ("conclusions", "difficulties", "proposals")
"""What every report asks beside the numbers."""

Kind = ReportQuestion.Kind


@dataclass(frozen=True)
class Burden:
    """What is asked: ``numbers``, ``choices`` and ``texts`` to fill in, of which ``own`` questions are the campaign's;
    ``questions`` in all, a number out of another being one question with two numbers."""

    questions: int
    numbers: int
    choices: int
    texts: int
    own: int

    @property
    def minutes(self) -> int:
        """About how many minutes it takes, rounded up."""
        seconds = SECONDS_A_NUMBER * self.numbers + SECONDS_A_CHOICE * self.choices + SECONDS_A_TEXT * self.texts
        return -(-seconds // 60)


def burden_of(campaign, own_kinds) -> Burden:
    """Return what a school faces at most, given the kinds of the campaign's own questions: one query.

    Numbers are asked per grade of the campaign and per kind of format that it offers to those grades; a school that
    held fewer kinds is asked less.
    """
    own = list(own_kinds)
    offered = campaign.formats.order_by().filter(grade_from__lte=campaign.grade_to, grade_to__gte=campaign.grade_from)
    by_grade = len(campaign.grades)
    by_kind = len(set(offered.values_list("kind", flat=True)) & set(Format.Kind.values))
    return Burden(
        questions=by_grade + by_kind + len(CHOICES) + len(TEXTS) + len(own),
        numbers=by_grade + by_kind + own.count(Kind.NUMBER) + 2 * own.count(Kind.PART),
        choices=len(CHOICES) + own.count(Kind.YES_NO),
        texts=len(TEXTS) + own.count(Kind.TEXT),
        own=len(own),
    )


def own_kinds(campaign) -> list[str]:
    """Return the kinds of the questions that the campaign asks now: one query."""
    return list(campaign.questions.filter(retired_at=None).values_list("kind", flat=True))
