"""What every verb on campaigns and formats does first: lock the region, ask for the right, find a free address."""

from django.core.exceptions import PermissionDenied
from django.utils.text import slugify

from portal.actions.places import lock_region

__all__ = ["free_slug", "lock_region", "require"]


def require(actor, permission, subject) -> None:
    if not actor.has_perm(permission, subject):
        raise PermissionDenied


def free_slug(model, wanted: str) -> str:
    wanted = slugify(wanted)[:70] or "entry"
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
