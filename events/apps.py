from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal import registry


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("The log of events")

    def ready(self):
        from events import guards, panels, rules  # noqa: F401  (each registers itself)

        registry.navigate(_("Review"), "review", "check-check", 20, ("municipal", "operator"), "/review/")
        everyone = ("school", "municipal", "operator", "department")
        registry.navigate(_("Events"), "events", "list-checks", 30, everyone, "/events/")
        registry.register_verbs(
            {
                "draft": _("saved a draft"),
                "plan": _("planned"),
                "submit": _("sent for review"),
                "accept": _("accepted"),
                "return": _("returned"),
                "cancel": _("cancelled"),
                "delete": _("deleted"),
                "freeze": _("frozen with the accepted report"),
                "thaw": _("thawed"),
            }
        )
