from django.db import migrations

COLUMNS = "(campaign_id, status) INCLUDE (id, school_id, format_id, starts_on, participants%s)"


def index(schema_editor, more):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX event_counted")
        schema_editor.execute(f"CREATE INDEX event_counted ON events_event {COLUMNS % more}")


class Migration(migrations.Migration):
    """Counting tells joint events apart, so the index that it reads holds them too."""

    dependencies = [("events", "0003_joint_events")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: index(schema_editor, ", joint_id"),
            lambda apps, schema_editor: index(schema_editor, ""),
        )
    ]
