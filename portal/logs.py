"""Lines of the log, whatever writes them: the key of a password link is masked, for the link is a way in."""

import logging
import re

_KEY = re.compile(r"(/password/reset/key/[0-9A-Za-z]+-)[^\s\"'<>]+")


class MaskedLine(logging.Formatter):
    """Masks the whole line, so the message, its arguments and the traceback alike."""

    def format(self, record):
        return _KEY.sub(r"\1…", super().format(record))
