from django.db import migrations

# Where the rows of a kind belong: id, region, municipality, school. Ids alone are read, from the tables themselves:
# those of other apps may not stand yet, and then there are no entries about them.
OF_SCHOOL = (
    "SELECT x.id, m.region_id, m.id AS municipality_id, x.school_id FROM {table} x "
    "JOIN portal_school s ON s.id = x.school_id JOIN portal_municipality m ON m.id = s.municipality_id"
)
OF_CAMPAIGN = (
    "SELECT x.id, c.region_id, NULL AS municipality_id, NULL AS school_id FROM {table} x "
    "JOIN campaigns_campaign c ON c.id = x.campaign_id"
)
OF_REGION = "SELECT x.id, x.region_id, NULL AS municipality_id, NULL AS school_id FROM {table} x"
PLACES = {
    "portal_region": "SELECT x.id, x.id AS region_id, NULL AS municipality_id, NULL AS school_id FROM {table} x",
    "portal_municipality": "SELECT x.id, x.region_id, x.id AS municipality_id, NULL AS school_id FROM {table} x",
    "portal_school": (
        "SELECT x.id, m.region_id, m.id AS municipality_id, x.id AS school_id FROM {table} x "
        "JOIN portal_municipality m ON m.id = x.municipality_id"
    ),
    "portal_membership": (
        "SELECT x.id, COALESCE(x.region_id, m.region_id) AS region_id, m.id AS municipality_id, x.school_id "
        "FROM {table} x LEFT JOIN portal_school s ON s.id = x.school_id "
        "LEFT JOIN portal_municipality m ON m.id = COALESCE(x.municipality_id, s.municipality_id)"
    ),
    "portal_enrolment": OF_SCHOOL,
    "portal_partner": OF_REGION,
    "campaigns_campaign": OF_REGION,
    "campaigns_format": OF_REGION,
    "campaigns_formatindicator": (
        "SELECT x.id, f.region_id, NULL AS municipality_id, NULL AS school_id FROM {table} x "
        "JOIN campaigns_format f ON f.id = x.format_id"
    ),
    "campaigns_campaignformat": OF_CAMPAIGN,
    "campaigns_goal": OF_CAMPAIGN,
    "events_event": OF_SCHOOL,
    "reports_summary": OF_CAMPAIGN,
}
# A deleted draft has no row any more; the entry of its deletion (action 2) holds the school that it had.
OF_DELETED = (
    "SELECT DISTINCT l.object_id AS id, m.region_id, m.id AS municipality_id, s.id AS school_id "
    "FROM auditlog_logentry l JOIN portal_school s ON s.id = {school} "
    "JOIN portal_municipality m ON m.id = s.municipality_id WHERE l.content_type_id = %(kind)s AND l.action = 2"
)
SCHOOL_OF_DELETED = {
    "postgresql": "(l.changes -> 'school' ->> 0)::bigint",
    "sqlite": "json_extract(l.changes, '$.school[0]')",
}
UPDATE = {
    "postgresql": (
        "UPDATE auditlog_logentry AS e SET additional_data = COALESCE(e.additional_data, '{}'::jsonb) || "
        "jsonb_build_object('region', p.region_id, 'municipality', p.municipality_id, 'school', p.school_id) "
        "FROM (<places>) AS p WHERE p.id = e.object_id AND e.content_type_id = %(kind)s "
        "AND e.id BETWEEN %(first)s AND %(last)s AND (e.additional_data -> 'region') IS NULL"
    ),
    "sqlite": (
        "UPDATE auditlog_logentry AS e SET additional_data = json_set(COALESCE(e.additional_data, '{}'), "
        "'$.region', p.region_id, '$.municipality', p.municipality_id, '$.school', p.school_id) "
        "FROM (<places>) AS p WHERE p.id = e.object_id AND e.content_type_id = %(kind)s "
        "AND e.id BETWEEN %(first)s AND %(last)s AND json_type(e.additional_data, '$.region') IS NULL"
    ),
}
BATCH = 20_000


def fill(apps, schema_editor):
    """Say of the entries written before where they belong; those that say it already are left alone."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if "auditlog_logentry" not in tables:
            return
        cursor.execute("SELECT MIN(id), MAX(id) FROM auditlog_logentry")
        first, last = cursor.fetchone()
        if first is None:
            return
        cursor.execute("SELECT id, app_label, model FROM django_content_type")
        kinds = {f"{app}_{model}": pk for pk, app, model in cursor.fetchall()}
        steps = [
            (kinds[table], places.format(table=table))
            for table, places in PLACES.items()
            if table in tables and table in kinds
        ]
        if "events_event" in kinds:
            steps.append((kinds["events_event"], OF_DELETED.format(school=SCHOOL_OF_DELETED[connection.vendor])))
        for kind, places in steps:
            update = UPDATE[connection.vendor].replace("<places>", places)
            for start in range(first, last + 1, BATCH):
                cursor.execute(update, {"kind": kind, "first": start, "last": start + BATCH - 1})


INDEXES = {
    f"history_{place}": f"((additional_data -> '{place}'), \"timestamp\" DESC, id DESC)"
    for place in ("region", "municipality", "school")
} | {
    # A rare verb is found among a million entries too.
    "history_verb": "((additional_data -> 'region'), (additional_data -> 'verb'), \"timestamp\" DESC, id DESC)"
}


def index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "postgresql" and "auditlog_logentry" in connection.introspection.table_names():
        for name, columns in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON auditlog_logentry {columns}")
        # Without figures about an expression the planner takes every place for a rare one.
        schema_editor.execute("ANALYZE auditlog_logentry")


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    """History says where each entry belongs; on PostgreSQL indexes read it from there, newest first.

    History stood in the table of django-auditlog then; where there is none, there is nothing to do.
    """

    # Each batch is written by itself, so that a long history is not locked as a whole; run again, it goes on.
    atomic = False

    dependencies = [
        ("portal", "0002_enrolment_uploads"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(index, forget, elidable=False),
    ]
