from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0004_one_address'),
    ]

    operations = [
        migrations.AddField(
            model_name='school',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
    ]
