"""Who is known: by which address people sign in now and signed in before, and which roles they hold and held."""

from portal.models import Membership, User
from portal.text import searchable

_PLACES = ("region", "municipality", "school")


class KnownPeople:
    """All accounts, with the roles that ended too; read once for a whole list of people."""

    def __init__(self):
        self._people = {user.pk: user for user in User.objects.only("email", "name", "former_addresses")}
        self._former = {digest for user in self._people.values() for digest in user.former_addresses}
        self._holders: dict = {}
        for user, *key in Membership.objects.values_list("user", "role", *_PLACES):
            self._holders.setdefault(tuple(key), set()).add(user)

    def was_somebodys(self, email: str) -> bool:
        """Whether somebody signed in by this address until it was changed."""
        return User.digest_of(email) in self._former

    def address_of_holder(self, name: str, role: str, place) -> str | None:
        """Return the address of somebody called ``name`` who holds or held the role there; None if there is nobody."""
        key = (role, *(place.pk if place._meta.model_name == kind else None for kind in _PLACES))
        found = (self._people[pk] for pk in sorted(self._holders.get(key, ())))
        return next((user.email for user in found if searchable(user.name) == searchable(name)), None)
