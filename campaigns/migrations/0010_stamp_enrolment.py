from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations

BATCH = 200
GRADES = range(1, 12)
ROLL = (*(f'roll_{grade}' for grade in GRADES), 'roll_as_of', 'roll_source')


def stamp(apps, schema_editor):
    """Put down in each folder the enrolment of the campaign's year as it is now: what it was when a closed campaign
    closed is not known any more. Say of each extension whether it was granted after the campaign had closed."""
    models = {name: apps.get_model('campaigns', name) for name in ('Campaign', 'SchoolCampaign', 'Extension')}
    for campaign in models['Campaign'].objects.select_related('region'):
        _stamp_folders(apps, models['SchoolCampaign'], campaign)
        closed = datetime.combine(
            campaign.closes_on + timedelta(days=1), time.min, ZoneInfo(campaign.region.time_zone)
        )
        granted = models['Extension'].objects.filter(campaign=campaign, status='granted', decided_at__gte=closed)
        granted.update(after_closing=True)


def _stamp_folders(apps, Folder, campaign):
    rows = apps.get_model('portal', 'Enrolment').objects.filter(academic_year=campaign.academic_year)
    enrolments = {row.school_id: row for row in rows}
    folders = [row for row in Folder.objects.filter(campaign=campaign).order_by('pk') if row.school_id in enrolments]
    for folder in folders:
        enrolment = enrolments[folder.school_id]
        for grade in GRADES:
            setattr(folder, f'roll_{grade}', getattr(enrolment, f'grade_{grade}'))
        folder.roll_as_of, folder.roll_source = enrolment.as_of, enrolment.source
    Folder.objects.bulk_update(folders, ROLL, batch_size=BATCH)


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0009_folder_enrolment'),
    ]

    operations = [
        migrations.RunPython(stamp, migrations.RunPython.noop),
    ]
