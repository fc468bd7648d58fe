"""The operator's log: who changed what in the region, on a page and as a workbook."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import accesslog, clock
from portal.access import Scope
from portal.forms.history import HistoryForm
from portal.membership import current_membership
from portal.models import Region
from portal.queries.history import kinds_in_history, lines_of, log_of
from portal.workbooks.history import MOST_ROWS, workbook
from portal.workbooks.writing import XLSX

PAGE_SIZE = 40


# --- Pages of a long list --------------------------------------------------------------------


@dataclass(frozen=True)
class _Cursor:
    """A place in the log, from which a page goes on: a moment and an id, written as ``microseconds-id``."""

    moment: datetime
    pk: int

    @classmethod
    def read(cls, text: str):
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,16}-[0-9]{1,15}", text):
            raise Http404
        microseconds, pk = text.split("-")
        return cls(_EPOCH + timedelta(microseconds=int(microseconds)), int(pk))

    @classmethod
    def of(cls, entry) -> str:
        return f"{(entry.moment - _EPOCH) // timedelta(microseconds=1)}-{entry.pk}"

    def older(self, entries):
        # The first condition repeats part of the second, for the index.
        return entries.filter(
            Q(moment__lte=self.moment), Q(moment__lt=self.moment) | Q(moment=self.moment, pk__lt=self.pk)
        )

    def newer(self, entries):
        return entries.filter(
            Q(moment__gte=self.moment), Q(moment__gt=self.moment) | Q(moment=self.moment, pk__gt=self.pk)
        ).order_by("moment", "pk")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Page:
    """Some entries in a row; ``newer`` and ``older`` are the addresses' values that lead on, empty at the ends.

    Nothing is counted: of a million entries those that are shown are read.
    """

    entries: list = field(default_factory=list)
    newer: str = ""
    older: str = ""


def _page_of(entries, params) -> _Page:
    newer_than, older_than = _Cursor.read(params.get("newer", "")), _Cursor.read(params.get("older", ""))
    if newer_than:
        found = list(newer_than.newer(entries)[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            found = found[PAGE_SIZE - 1 :: -1]
            return _Page(found, newer=_Cursor.of(found[0]), older=_Cursor.of(found[-1]))
        # So few are newer that this is the first page.
    elif older_than:
        entries = older_than.older(entries)
    found = list(entries[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    is_first = not older_than or not shown
    return _Page(
        shown,
        newer="" if is_first else _Cursor.of(shown[0]),
        older=_Cursor.of(shown[-1]) if len(found) > PAGE_SIZE else "",
    )


# --- Pages -----------------------------------------------------------------------------------


def _region(request) -> Region:
    """Return the region whose log is shown: that of the role chosen on screen, else the first that one operates."""
    operated = [row for row in Scope.of(request.user).memberships if row.role == row.Role.OPERATOR]
    if not operated:
        raise PermissionDenied
    chosen = current_membership(request)
    return (chosen if chosen in operated else operated[0]).region


def _asked(request):
    """Return ``(region, kinds, form)`` of the address."""
    region, kinds = _region(request), kinds_in_history()
    return region, kinds, HistoryForm(request.GET, region, kinds)


@require_safe
@login_required
def history(request):
    """Who changed what in the region, filtered by the address, newest first."""
    region, kinds, form = _asked(request)
    page, status = _Page(), 400
    if form.is_valid():
        page, status = _page_of(form.narrow(log_of(region)), request.GET), 200
    context = {
        "form": form,
        "school": form.cleaned_data.get("school"),
        "lines": lines_of(page.entries, kinds),
        "page": page,
        "most_rows": MOST_ROWS,
    }
    return render(request, "portal/history.html", context, status=status)


@require_safe
@login_required
def history_workbook(request):
    """What the page shows, all pages of it, as a workbook: the newest :data:`MOST_ROWS` entries."""
    region, kinds, form = _asked(request)
    if not form.is_valid():
        return render(request, "portal/history.html", {"form": form, "most_rows": MOST_ROWS}, status=400)
    found = list(form.narrow(log_of(region))[: MOST_ROWS + 1])
    lines = lines_of(found[:MOST_ROWS], kinds, with_pages=False)
    content = workbook(region, lines, is_cut=len(found) > MOST_ROWS)
    accesslog.note("download", request)
    name = f"{_('History')} {clock.local_today(region):%Y-%m-%d}.xlsx"
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)
