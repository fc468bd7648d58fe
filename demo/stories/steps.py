"""A story: what was done to one row from its beginning to its end."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class Step:
    """One thing done, a version of the row each; ``was`` says in what it differed then from what it is now."""

    verb: str
    actor: object
    moment: datetime
    comment: str = ""
    was: dict = field(default_factory=dict)
    correct_by: date | None = None


@dataclass(kw_only=True)
class Story:
    """Its steps, whether it is played through the portal's actions or loaded as it is in the end, and, once it is
    played, its row."""

    steps: list = field(default_factory=list)
    is_played: bool = False
    row: object = None

    def first(self, verb: str) -> Step | None:
        return next((step for step in self.steps if step.verb == verb), None)

    def last(self, *verbs) -> Step | None:
        return next((step for step in reversed(self.steps) if step.verb in verbs), None)
