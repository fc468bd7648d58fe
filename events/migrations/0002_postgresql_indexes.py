from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

INDEXES = {
    # Search inside words.
    "event_search": "USING gin (search gin_trgm_ops)",
    # Dashboards count a campaign's held events without reading their wide rows.
    "event_counted": "(campaign_id, status) INCLUDE (id, school_id, format_id, starts_on, participants)",
}


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON events_event {columns}")


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    """Indexes that PostgreSQL alone has; SQLite, which serves one small office, scans."""

    dependencies = [("events", "0001_initial")]

    operations = [TrigramExtension(), migrations.RunPython(index, forget, elidable=False)]
