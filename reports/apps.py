from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal import registry


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Dashboards and summaries")

    def ready(self):
        from reports import guards, rules  # noqa: F401  (each registers itself)
        from reports.panels import chain, figures, questions, summaries  # noqa: F401

        everyone = ("school", "municipal", "operator", "department")
        registry.navigate(_("Dashboard"), "dashboards", "chart-column", 25, everyone, "/dashboards/")
        registry.navigate(_("Reports"), "reports", "clipboard-list", 35, everyone, "/reports/")
        registry.navigate(_("Results"), "summaries", "file-spreadsheet", 60, everyone, "/summaries/")
        registry.register_verbs(
            {
                "write": _("wrote"),
                "retire": _("asked no more"),
                "build": _("asked for a summary"),
            }
        )
