from django.db import migrations


class Migration(migrations.Migration):
    """The folder of a school in a campaign moves to campaigns, with its table: nothing happens in the database."""

    dependencies = [
        ('events', '0005_altered_by_others'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='SchoolCampaign'),
            ],
        ),
    ]
