from django.db import migrations


def fill(apps, schema_editor):
    """Copy the key figures out of the stored tables, a summary at a time: the tables themselves stay where they are."""
    rows = apps.get_model('reports', 'Summary').objects
    found = list(rows.filter(tables__isnull=False).values_list('pk', 'tables__figures'))
    for pk, figures in found:
        rows.filter(pk=pk).update(figures=figures or {})


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0007_figures_and_no_index_twice'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
