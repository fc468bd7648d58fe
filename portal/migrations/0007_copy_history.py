from django.db import migrations, transaction

OLD = "auditlog_logentry"
BATCH = 10_000

# Of these fields history says that they changed, not from what to what; of people not even the name.
PERSONAL = {
    ("portal", "user"): ("email", "name", "phone"),
    ("portal", "school"): ("director",),
    ("reports", "schoolreport"): ("signed_name", "signed_post"),
    ("reports", "municipalreport"): ("signed_name", "signed_post"),
}
NAMELESS = ("portal", "user")

# What the two databases say differently: a key of the additional data as text and as a number, whether a field
# changed from or to something, and an object with others laid over it.
TEXT = {
    "postgresql": "COALESCE(l.additional_data ->> '{key}', '')",
    "sqlite": "COALESCE(json_extract(l.additional_data, '$.{key}'), '')",
}
NUMBER = {
    "postgresql": "(l.additional_data ->> '{key}')::bigint",
    "sqlite": "json_extract(l.additional_data, '$.{key}')",
}
SAYS = {
    "postgresql": "CONCAT(l.changes -> '{field}' ->> 0, l.changes -> '{field}' ->> 1) <> ''",
    "sqlite": "COALESCE(json_extract(l.changes, '$.{field}[0]'), '') || "
    "COALESCE(json_extract(l.changes, '$.{field}[1]'), '') <> ''",
}
OVERLAID = {"postgresql": "{under} || ({over})::jsonb", "sqlite": "json_patch({under}, {over})"}

COPY = """
INSERT INTO portal_history (
    id, moment, actor_id, verb, content_type_id, object_id, object_repr, region_id, municipality_id, school_id,
    for_municipality_id, for_school_id, version, changes, comment
)
SELECT id, moment, actor_id, verb, content_type_id, object_id, object_repr, region_id, municipality_id, school_id,
    CASE WHEN is_for = 'municipality' THEN municipality_id END,
    CASE WHEN is_for = 'school' THEN school_id END,
    version, changes, comment
FROM (
    SELECT l.id, l."timestamp" AS moment, l.actor_id, l.content_type_id, l.object_id,
        COALESCE(NULLIF({verb}, ''), CASE l.action WHEN 0 THEN 'create' WHEN 2 THEN 'delete' ELSE 'edit' END) AS verb,
        {name} AS object_repr,
        r.id AS region_id, m.id AS municipality_id, s.id AS school_id,
        -- It was written as a name. One that was changed since: reviewers act for a municipality, others for a school.
        CASE
            WHEN {for_whom} = '' THEN ''
            WHEN {for_whom} = s.name THEN 'school'
            WHEN {for_whom} = m.name OR s.id IS NULL OR {verb} IN ('accept', 'return', 'reopen', 'freeze', 'thaw')
                THEN 'municipality'
            ELSE 'school'
        END AS is_for,
        {version} AS version, {changes} AS changes, {comment} AS comment
    FROM auditlog_logentry l
    LEFT JOIN portal_region r ON r.id = {region}
    LEFT JOIN portal_municipality m ON m.id = {municipality}
    LEFT JOIN portal_school s ON s.id = {school}
    WHERE l.id BETWEEN %(first)s AND %(last)s
) AS entries
WHERE true
ON CONFLICT (id) DO NOTHING
"""


def changes(vendor, kinds) -> str:
    """Return SQL for an entry's changes, those of personal fields reduced to a mark."""
    empty = "'{}'::jsonb" if vendor == "postgresql" else "'{}'"
    plain, branches = f"COALESCE(l.changes, {empty})", ""
    for kind, fields in PERSONAL.items():
        if kind in kinds:
            marked = plain
            for field in fields:
                mark = f"""CASE WHEN {SAYS[vendor].format(field=field)} THEN '{{"{field}": ["…", "*"]}}' ELSE '{{}}' END"""
                marked = OVERLAID[vendor].format(under=marked, over=mark)
            branches += f"WHEN {kinds[kind]} THEN {marked} "
    return f"CASE l.content_type_id {branches} ELSE {plain} END" if branches else plain


def name(kinds) -> str:
    """Return SQL for what an entry's row was called."""
    text = "SUBSTR(l.object_repr, 1, 500)"
    return f"CASE l.content_type_id WHEN {kinds[NAMELESS]} THEN '' ELSE {text} END" if NAMELESS in kinds else text


def copy(apps, schema_editor):
    """Copy django-auditlog's entries, where there are any, under the ids that they had, the oldest first."""
    connection = schema_editor.connection
    if OLD not in connection.introspection.table_names():
        return
    vendor = connection.vendor
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_label, model, id FROM django_content_type")
        kinds = {(app, model): pk for app, model, pk in cursor.fetchall()}
        statement = COPY.format(
            name=name(kinds),
            changes=changes(vendor, kinds),
            **{key: TEXT[vendor].format(key=key) for key in ("verb", "for_whom", "comment")},
            **{key: NUMBER[vendor].format(key=key) for key in ("region", "municipality", "school", "version")},
        )
        cursor.execute(f"SELECT MIN(id), MAX(id) FROM {OLD}")  # noqa: S608 - our own words
        first, last = cursor.fetchone()
        if first is None:
            return
        if vendor == "postgresql":
            # What is written from now on comes after what is copied; SQLite counts on by itself.
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('portal_history', 'id'), "
                "GREATEST(%s, (SELECT COALESCE(MAX(id), 1) FROM portal_history)))",
                [last],
            )
        for start in range(first, last + 1, BATCH):
            with transaction.atomic(using=connection.alias):
                cursor.execute(statement, {"first": start, "last": min(start + BATCH - 1, last)})
        cursor.execute(
            f"SELECT COUNT(*) FROM {OLD} l WHERE NOT EXISTS (SELECT 1 FROM portal_history h WHERE h.id = l.id)"  # noqa: S608
        )
        [(missing,)] = cursor.fetchall()
        if missing:
            raise RuntimeError(f"{missing} entries of history were not copied; their table stays as it is.")
        if vendor == "postgresql":
            cursor.execute("ANALYZE portal_history")


def drop(apps, schema_editor):
    """Take away the old table and what else told of its app."""
    connection = schema_editor.connection
    if OLD in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {OLD}")
            cursor.execute("DELETE FROM django_migrations WHERE app = 'auditlog'")
    apps.get_model("contenttypes", "ContentType").objects.filter(app_label="auditlog").delete()


class Migration(migrations.Migration):
    """History stood in the table of django-auditlog; it moves to the portal's own, where there is any."""

    # Each batch is written by itself, so that memory and locks stay small; run again, it goes on where it stopped.
    atomic = False

    dependencies = [
        ("portal", "0006_history"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(copy, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(drop, migrations.RunPython.noop, elidable=True),
    ]
