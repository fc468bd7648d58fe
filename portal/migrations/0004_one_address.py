from django.db import migrations, models


def forget_addresses(apps, schema_editor):
    """A person's address is ``User.email`` alone; allauth's rows kept those they had before."""
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_history_places"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="access_version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RunPython(forget_addresses, migrations.RunPython.noop),
    ]
