"""What pages read from the form that was sent."""


def version_of(request) -> int:
    """Return the version of the row that the form was opened with; 0, which no row has, for what is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
