"""What an action may answer beside success.

``PermissionDenied`` (403) and ``ValidationError`` (a message at a field) are Django's own.
"""


class StateForbids(Exception):
    """The object's state, the campaign's phase or a freeze forbids the verb: the page answers 409.

    ``str(error)`` is the reason in the user's language.
    """


class Changed(Exception):
    """The row changed since it was opened, so nothing was done.

    ``current`` is the row as it is now; ``changes`` are its history entries since the version that was
    read (newest first), as :class:`portal.history.Entry`.
    """

    def __init__(self, current, changes):
        super().__init__(str(current))
        self.current = current
        self.changes = changes
