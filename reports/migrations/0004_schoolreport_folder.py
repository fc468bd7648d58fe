import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_folders_stand'),
        ('reports', '0003_altered_by_others'),
    ]

    operations = [
        migrations.AddField(
            model_name='schoolreport',
            name='folder',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='report', to='campaigns.schoolcampaign'),
        ),
    ]
