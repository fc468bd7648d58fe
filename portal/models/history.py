"""History: who did what with which row, when and for whom; one entry a changed row, never changed itself."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.places import Municipality, Region, School


def _pointer(model, label, **options):
    """A key that protects what it points to: rows that history tells of by key alone are never deleted.

    It has no index of its own: those of the table begin with the keys that are searched by.
    """
    options |= {"null": True, "blank": True, "db_index": False, "related_name": "+", "verbose_name": label}
    return models.ForeignKey(model, on_delete=models.PROTECT, **options)


class History(models.Model):
    """One entry of history, written by :func:`portal.history.record` alone.

    ``region``, ``municipality`` and ``school`` say where the row belonged when it changed. ``actor`` is None where
    the portal acted by itself. ``for_school`` or ``for_municipality`` is the place acted for, where it was another's.
    ``changes`` are ``{field: [from, to]}``; of what is personal they say that it changed, never from what to what.
    People stand here by key alone: no name of theirs, no address.
    """

    moment = models.DateTimeField(_("when"), default=clock.now)
    actor = _pointer(settings.AUTH_USER_MODEL, _("who"))
    verb = models.CharField(_("did what"), max_length=20)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("changed what")
    )
    object_id = models.BigIntegerField()
    object_repr = models.CharField(_("name"), max_length=500, blank=True)
    """What the row was called then; empty where its name is personal: it is then read from the row."""
    region = _pointer(Region, _("region"))
    municipality = _pointer(Municipality, _("municipality"))
    school = _pointer(School, _("school"))
    for_municipality = _pointer(Municipality, _("for which municipality"))
    for_school = _pointer(School, _("for which school"))
    version = models.PositiveIntegerField(_("version"), null=True, blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-moment", "-pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-moment", "-id"], name="history_of_object"),
            models.Index(fields=["region", "-moment", "-id"], name="history_of_region"),
            # Of all filters a school leaves the least: without it its few entries are looked for among all.
            models.Index(fields=["school", "-moment", "-id"], name="history_of_school"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(for_municipality=None) | Q(for_school=None), name="history_for_one_place"
            ),
        ]

    def __str__(self):
        return f"{self.verb}: {self.object_repr}"

    @property
    def for_whom(self):
        """The place that it was done for, None where it was the actor's own."""
        return self.for_school or self.for_municipality
