import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0008_put_into_folders'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='folder',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='campaigns.schoolcampaign'),
        ),
    ]
