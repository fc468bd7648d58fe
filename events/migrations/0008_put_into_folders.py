from django.db import migrations
from django.db.models import OuterRef, Subquery


def put_into_folders(apps, schema_editor):
    """Point to the folder of the school in the campaign; one that is not there expects nothing."""
    Folder, rows = apps.get_model('campaigns', 'SchoolCampaign'), apps.get_model('events', 'Event').objects
    folder = Folder.objects.filter(school=OuterRef('school_id'), campaign=OuterRef('campaign_id')).values('pk')[:1]
    rows.filter(folder=None).update(folder_id=Subquery(folder))
    left = rows.filter(folder=None).order_by().values_list('school_id', 'campaign_id', 'school__municipality_id').distinct()
    missing = [
        Folder(school_id=school, campaign_id=campaign, municipality_id=place, is_expected=False)
        for school, campaign, place in left
    ]
    if missing:
        Folder.objects.bulk_create(missing)
        rows.filter(folder=None).update(folder_id=Subquery(folder))


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0007_event_folder'),
    ]

    operations = [
        migrations.RunPython(put_into_folders, migrations.RunPython.noop),
    ]
