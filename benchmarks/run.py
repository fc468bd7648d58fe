"""One run: the data, the pages, the actions, the workbooks; printed as it goes, written at the end."""

import logging

from django.test import override_settings

from benchmarks import actions, enrolment, pages, results, workbook
from benchmarks.stage import prepare, stage


def run(options) -> None:
    """Measure everything and write ``options.output``; with ``options.only`` print those pages alone."""
    # The access log would tell of every sign-in and download of the measurements.
    logging.getLogger("portal.access").setLevel(logging.WARNING)
    prepare()
    with override_settings(ROOT_URLCONF="benchmarks.urls"), stage() as set_up:
        machine = results.machine()
        chosen = [page for page in pages.pages(set_up) if options.only in page.name]
        page_figures = []
        for page in chosen:
            figures = pages.measure(set_up, page, options.repetitions)
            print(results.line(figures), flush=True)
            page_figures.append(figures)
        if options.only:
            return
        action_figures = actions.measure(set_up, options.repetitions)
        workbook_figures = workbook.measure(set_up)
        enrolment_figures = enrolment.measure(set_up)
        machine["load after it"] = results.load()
        data = results.data(set_up)
    text = results.document(
        machine, data, page_figures, action_figures, workbook_figures, enrolment_figures, options.repetitions
    )
    options.output.write_text(text, encoding="utf-8")
    print(text)
