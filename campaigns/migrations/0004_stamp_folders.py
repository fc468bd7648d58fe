from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.utils import timezone

BATCH = 500


def stamp(apps, schema_editor):
    """Write the folders of the campaigns that are published already, one of each school of their region.

    Where a school stood when a closed campaign closed is not known any more, so it is where the school is today; a
    report was expected of the schools open on the window's last day. In the others a school without pupils of the
    campaign's grades is not expected either, unless its report was sent.
    """
    models = {name: apps.get_model('campaigns', name) for name in ('Campaign', 'SchoolCampaign')}
    School = apps.get_model('portal', 'School')
    Folder = models['SchoolCampaign']
    # Those made to be locked stand where their schools do.
    place = Subquery(School.objects.filter(pk=OuterRef('school_id')).values('municipality_id')[:1])
    Folder.objects.filter(municipality=None).update(municipality_id=place)
    for campaign in models['Campaign'].objects.filter(published_at__isnull=False).select_related('region'):
        _stamp(apps, schema_editor, campaign)


def _stamp(apps, schema_editor, campaign):
    School, Folder = apps.get_model('portal', 'School'), apps.get_model('campaigns', 'SchoolCampaign')
    today = (timezone.now() + settings.CLOCK_OFFSET).astimezone(ZoneInfo(campaign.region.time_zone)).date()
    empty = set() if campaign.closes_on < today else _without_pupils(apps, campaign) - _sent(schema_editor, campaign)
    present = {row.school_id: row for row in Folder.objects.filter(campaign=campaign)}
    new, expected = [], []
    for school in School.objects.filter(municipality__region_id=campaign.region_id).order_by('pk'):
        is_open = (school.opened_on is None or school.opened_on <= campaign.ends_on) and (
            school.closed_on is None or school.closed_on > campaign.ends_on
        )
        is_expected = is_open and school.pk not in empty
        if school.pk not in present:
            new.append(
                Folder(campaign=campaign, school=school, municipality_id=school.municipality_id, is_expected=is_expected)
            )
        elif is_expected:
            expected.append(present[school.pk].pk)
    Folder.objects.filter(pk__in=expected).update(is_expected=True)
    Folder.objects.bulk_create(new, batch_size=BATCH)


def _without_pupils(apps, campaign):
    """Return the schools whose enrolment of the campaign's year knows none in its grades."""
    grades = {f'grade_{grade}': 0 for grade in range(campaign.grade_from, campaign.grade_to + 1)}
    rows = apps.get_model('portal', 'Enrolment').objects.filter(academic_year=campaign.academic_year, **grades)
    return set(rows.values_list('school_id', flat=True))


def _sent(schema_editor, campaign):
    """Return the schools whose report was sent: reports stand above, so their table is asked itself, if it is there."""
    with schema_editor.connection.cursor() as cursor:
        if 'reports_schoolreport' not in schema_editor.connection.introspection.table_names(cursor):
            return set()
        cursor.execute(
            'SELECT school_id FROM reports_schoolreport WHERE campaign_id = %s AND submitted_on IS NOT NULL', [campaign.pk]
        )
        return {pk for (pk,) in cursor.fetchall()}


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_folders'),
    ]

    operations = [
        migrations.RunPython(stamp, migrations.RunPython.noop),
    ]
