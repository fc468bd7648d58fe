"""One view of the database for several queries."""

from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot():
    """Read everything inside the block as of one moment; nothing can be written in it.

    PostgreSQL: a read-only transaction at REPEATABLE READ. SQLite: a plain ``BEGIN``, outside Django's own
    ``atomic()``, which would begin IMMEDIATE and keep every writer waiting. Inside a transaction (a test's)
    the block just runs.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
