"""One writer for each kind of document; each takes the frozen tables of :mod:`reports.tables`."""
