"""Pages of reports, one module a noun."""
