"""What verbs on campaigns and formats share: the lock of their region, and an address that is free."""

from django.utils.text import slugify

from portal.models import Region


def lock_region(region_id) -> Region:
    """Lock the region: what changes its campaigns and formats goes one after another."""
    return Region.objects.select_for_update().get(pk=region_id)


def free_slug(model, wanted: str) -> str:
    """Return ``wanted`` as a slug that no row of ``model`` has, numbered where it is taken."""
    wanted = slugify(wanted)[:70] or "entry"
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
