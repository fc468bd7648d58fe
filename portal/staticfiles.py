from django.contrib.staticfiles.apps import StaticFilesConfig


class LeanStaticFiles(StaticFilesConfig):
    """Static files without the parts of Bootstrap's wheel that no page uses: compressing them takes half a minute."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.rtl.*",
        "bootstrap-*",
        "bootstrap.css*",
        "bootstrap.*js*",
    ]
