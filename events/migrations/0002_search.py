from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


def index_search(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX event_search ON events_event USING gin (search gin_trgm_ops)")


def forget_search(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX event_search")


class Migration(migrations.Migration):
    """An index for search inside words. SQLite, which serves one small office, has none and scans."""

    dependencies = [("events", "0001_initial")]

    operations = [
        TrigramExtension(),
        migrations.RunPython(index_search, forget_search, elidable=False),
    ]
