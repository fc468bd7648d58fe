from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0007_put_into_folders'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('folder', None), ('school', None)), models.Q(('folder__isnull', False), ('school__isnull', False)), _connector='OR'), name='extension_of_school_has_folder'),
        ),
    ]
