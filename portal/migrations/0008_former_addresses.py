from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0007_copy_history")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="former_addresses",
            field=models.JSONField(default=list, editable=False),
        ),
    ]
