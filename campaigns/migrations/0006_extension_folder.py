import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_folders_stand'),
    ]

    operations = [
        migrations.AddField(
            model_name='extension',
            name='folder',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='campaigns.schoolcampaign'),
        ),
    ]
