import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0010_no_index_twice'),
    ]

    operations = [
        migrations.AddField(
            model_name='school',
            name='region',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='schools', to='portal.region'),
        ),
    ]
