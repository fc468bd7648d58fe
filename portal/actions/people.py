"""What is done to people: staff's changes, roles that end, passwords."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, registry
from portal.actions.places import lock_region
from portal.errors import StateForbids
from portal.history import record, state_of
from portal.models import Enrolment, Municipality, Partner, Region, User

GUARDS = {
    Region: registry.region_guards,
    Municipality: registry.municipality_guards,
    Partner: registry.partner_guards,
}


def staff_errors(stored, wanted) -> dict:
    """Return what keeps the row ``stored`` of people and places from becoming ``wanted``, ``{field: messages}``."""
    guards = GUARDS.get(type(stored))
    return guards.errors(stored, wanted) if guards else {}


@transaction.atomic
def save_by_staff(actor, instance, save):
    """Save ``instance`` of people and places from the admin's form and record what changed.

    ``save`` writes it (the admin's own method); technical staff add users and memberships so, and by
    :func:`portal.actions.places.save_school` schools.
    """
    if isinstance(instance, Enrolment):
        lock_region(instance.school.municipality.region_id)
    before = None
    if instance.pk:
        current = type(instance).objects.select_for_update(no_key=True).get(pk=instance.pk)
        before = state_of(current)
        if errors := staff_errors(current, instance):
            raise ValidationError(errors)
        if isinstance(instance, User):
            _keep_access(instance, current)
    if hasattr(instance, "fill_derived"):
        instance.fill_derived()
    if before and hasattr(instance, "version"):
        instance.version += 1
    save()
    record(actor, "edit" if before else "create", instance, before=before, after=state_of(instance))
    if isinstance(instance, Enrolment):
        registry.enrolment_followers.collect(actor, [instance])


def _keep_access(user: User, current: User) -> None:
    """Take from the ``current`` row what staff do not write; end access where the address or the right changes."""
    user.password, user.last_login = current.password, current.last_login
    user.access_version, user.former_addresses = current.access_version, current.former_addresses
    if user.email != current.email:
        user.former_addresses = [*current.former_addresses, User.digest_of(current.email)]
    if (user.email, user.is_active) != (current.email, current.is_active):
        user.access_version += 1
        # allauth's own notes of addresses; nothing reads them, and none is to be left of an old address.
        user.emailaddress_set.all().delete()


@transaction.atomic
def end_membership(actor, membership):
    """End a membership now. Ending an ended one changes nothing."""
    membership = type(membership).objects.select_for_update(no_key=True).get(pk=membership.pk)
    if membership.ended_at and membership.ended_at <= clock.now():
        return membership
    before = state_of(membership)
    membership.ended_at = max(clock.now(), membership.started_at)
    membership.save(update_fields=["ended_at"])
    record(actor, "end", membership, before=before, after=state_of(membership))
    return membership


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """Give ``user`` a new password (allauth's forms call this) and say so in history, without it.

    Refused if the account has changed since ``user`` was read: the link or the session that led here is then over.
    """
    current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not current.is_active or current.get_session_auth_hash() != user.get_session_auth_hash():
        raise StateForbids(_("The account was changed meanwhile. Sign in again, or ask for a new link."))
    current.set_password(password)
    current.save(update_fields=["password"])
    user.password = current.password
    record(current, "edit", current, before={"password": "…"}, after={"password": "*"})
