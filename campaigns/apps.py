from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal import registry

SIGNED_IN = ("school", "municipal", "operator", "department")


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("When and what")

    def ready(self):
        from campaigns import guards, rules  # noqa: F401  (each registers itself)
        from campaigns.actions import folders  # noqa: F401
        from campaigns.panels import campaigns, extensions  # noqa: F401

        registry.navigate(_("Campaigns"), "campaigns", "calendar-days", 40, ("", *SIGNED_IN), "/campaigns/")
        registry.navigate(_("Formats"), "formats", "shapes", 50, ("", *SIGNED_IN), "/formats/")
        registry.register_verbs(
            {
                "publish": _("published"),
                "ask": _("asked for"),
                "grant": _("granted"),
                "decline": _("declined"),
                "withdraw": _("withdrawn"),
                "dismiss": _("closed without a report"),
                "expect": _("expected again"),
            }
        )
