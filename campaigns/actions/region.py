"""What verbs on campaigns and formats share: the lock of their region, and an address that is free."""

from django.utils.text import slugify

from portal.actions.places import lock_region

__all__ = ["free_slug", "lock_region"]


def free_slug(model, wanted: str) -> str:
    """Return ``wanted`` as a slug that no row of ``model`` has, numbered where it is taken."""
    wanted = slugify(wanted)[:70] or "entry"
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
