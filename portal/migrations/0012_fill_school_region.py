from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """A school's region is its municipality's."""
    place = apps.get_model('portal', 'Municipality').objects.filter(pk=OuterRef('municipality_id'))
    apps.get_model('portal', 'School').objects.update(region_id=Subquery(place.values('region_id')[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0011_school_region'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
