"""What people were called and which roles they held, ever: what a row says now and what its history says."""

from collections import defaultdict

from auditlog.models import LogEntry

from portal.models import Membership, User
from portal.text import searchable

_OF_A_ROLE = ("user", "role", "region", "municipality", "school")


class KnownPeople:
    """All accounts with the names they had and the roles they held, those that ended or were corrected too."""

    def __init__(self):
        self._emails = dict(User.objects.values_list("pk", "email"))
        self._names = defaultdict(set)
        for pk, name in User.objects.values_list("pk", "name"):
            self._names[pk].add(searchable(name))
        for entry in _entries_of(User):
            for name in filter(None, entry.changes.get("name", ())):
                self._names[entry.object_id].add(searchable(name))
        # By role and place the people.
        self._holders = defaultdict(set)
        for role in _roles_ever():
            self._holders[role["role"], role["region"], role["municipality"], role["school"]].add(role["user"])

    def is_called(self, user, name: str) -> bool:
        """Whether the person is, or was, called so; of a new one only their own name is known."""
        return searchable(name) in (self._names[user.pk] if user.pk else {searchable(user.name)})

    def has_held(self, user, role: str, place) -> bool:
        return user.pk in self._holders[_key(role, place)]

    def has_held_any_role(self, user, name: str, place) -> bool:
        """Whether the person, or anybody called ``name``, held a role in ``place`` ever."""
        holders = set().union(*(self._holders[_key(role, place)] for role in Membership.Role.values))
        return user.pk in holders or any(searchable(name) in self._names[pk] for pk in holders)

    def address_of_holder(self, name: str, role: str, place) -> str | None:
        """Return the address of somebody called ``name`` who held the role there ever, None if there is nobody."""
        found = (self._emails.get(pk) for pk in sorted(self._holders[_key(role, place)]) if self._is(pk, name))
        return next(found, None)

    def _is(self, pk, name: str) -> bool:
        return searchable(name) in self._names[pk]


def _key(role: str, place) -> tuple:
    return (role, *(place.pk if place._meta.model_name == kind else None for kind in _OF_A_ROLE[2:]))


def _entries_of(model):
    """The history of a model's rows, the newest first."""
    return LogEntry.objects.get_for_model(model).order_by("-timestamp", "-pk")


def _roles_ever():
    """Yield what each membership says, and what it said before each of its changes."""
    rows = {row["pk"]: row for row in Membership.objects.values("pk", *_OF_A_ROLE)}
    yield from rows.values()
    for entry in _entries_of(Membership):
        if entry.object_id in rows:
            before = {name: change[0] for name, change in entry.changes.items() if name in _OF_A_ROLE}
            rows[entry.object_id] = rows[entry.object_id] | before
            yield rows[entry.object_id]
