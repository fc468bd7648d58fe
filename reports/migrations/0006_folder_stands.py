import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0005_put_into_folders'),
    ]

    operations = [
        migrations.AlterField(
            model_name='schoolreport',
            name='folder',
            field=models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='report', to='campaigns.schoolcampaign'),
        ),
    ]
