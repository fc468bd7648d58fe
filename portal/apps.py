from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


def register_collation(connection, **kwargs) -> None:
    """Give an SQLite connection the collation that PostgreSQL has from a migration."""
    if connection.vendor == "sqlite":
        from portal.text import COLLATION, compare

        connection.connection.create_collation(COLLATION, compare)


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("People and places")

    def ready(self):
        # The log, the lookups and the rules register themselves.
        from portal import accesslog, lookups, registry, rules  # noqa: F401

        connection_created.connect(register_collation, dispatch_uid="portal.collation")
        everyone = ("", "school", "municipal", "operator", "department")
        registry.navigate(_("Home"), "home", "house", 10, everyone, "/")
        registry.navigate(_("Enrolment"), "enrolment", "users", 65, ("municipal", "operator"), "/enrolment/")
        registry.navigate(_("History"), "history", "history", 70, ("operator",), "/history/")
        registry.register_verbs(
            {
                "create": _("created"),
                "edit": _("changed"),
                "load": _("loaded"),
                "upload": _("uploaded"),
                "end": _("ended"),
                "move": _("moved to another municipality"),
                "close": _("the school closed"),
                "reopen": _("reopened"),
                "merge": _("merged into another school"),
            }
        )
