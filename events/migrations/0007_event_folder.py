import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_folders_stand'),
        ('events', '0006_folders_move'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='folder',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='campaigns.schoolcampaign'),
        ),
    ]
