"""Rows: what a person's memberships cover. ``visible_to(user)`` of every model asks here.

The ids are loaded once a request, so that a list is filtered without joins.
"""

from dataclasses import dataclass, field

from django.apps import apps


@dataclass(frozen=True)
class Scope:
    """The union of a person's active memberships.

    ``memberships`` are the rows themselves, with their places; the other fields are sets of ids.
    ``region_ids`` are regions worked for (operator or department); ``home_region_ids`` are all regions
    that any membership lies in: their campaigns and formats are read by everyone in them.
    """

    memberships: tuple = ()
    operated_region_ids: frozenset[int] = frozenset()
    department_region_ids: frozenset[int] = frozenset()
    municipality_ids: frozenset[int] = frozenset()
    own_school_ids: frozenset[int] = frozenset()
    municipal_school_ids: frozenset[int] = frozenset()
    own_municipality_ids: frozenset[int] = frozenset()
    home_region_ids: frozenset[int] = frozenset()
    regions: tuple = field(default=(), compare=False)

    @property
    def region_ids(self) -> frozenset[int]:
        return self.operated_region_ids | self.department_region_ids

    @property
    def school_ids(self) -> frozenset[int]:
        """Schools of one's own and of one's municipalities."""
        return self.own_school_ids | self.municipal_school_ids

    @classmethod
    def of(cls, user) -> "Scope":
        """Return the scope of ``user``; that of a signed-out visitor is empty."""
        return user.scope if user.is_authenticated and user.is_active else cls()

    @classmethod
    def load(cls, user) -> "Scope":
        """Read the active memberships of ``user``: one query, one more for a municipality's schools."""
        memberships = tuple(
            apps.get_model("portal.Membership")
            .objects.active()
            .filter(user_id=user.pk)
            .select_related("region", "municipality__region", "school__municipality__region")
            .order_by("pk")
        )
        by_role = {role: [m for m in memberships if m.role == role] for role in ROLES}
        municipality_ids = frozenset(m.municipality_id for m in by_role["municipal"])
        municipal_schools = frozenset()
        if municipality_ids:
            schools = apps.get_model("portal.School").objects.filter(municipality_id__in=municipality_ids)
            municipal_schools = frozenset(schools.order_by().values_list("pk", flat=True))
        regions = {region.pk: region for region in map(region_of, memberships)}
        return cls(
            memberships=memberships,
            operated_region_ids=frozenset(m.region_id for m in by_role["operator"]),
            department_region_ids=frozenset(m.region_id for m in by_role["department"]),
            municipality_ids=municipality_ids,
            own_school_ids=frozenset(m.school_id for m in by_role["school"]),
            municipal_school_ids=municipal_schools,
            own_municipality_ids=municipality_ids | {m.school.municipality_id for m in by_role["school"]},
            home_region_ids=frozenset(regions),
            regions=tuple(regions.values()),
        )


ROLES = ("department", "operator", "municipal", "school")


def region_of(membership):
    """Return the region that a membership lies in."""
    if membership.school_id:
        return membership.school.municipality.region
    if membership.municipality_id:
        return membership.municipality.region
    return membership.region
