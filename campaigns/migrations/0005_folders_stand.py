import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0004_stamp_folders'),
    ]

    operations = [
        migrations.AlterField(
            model_name='schoolcampaign',
            name='municipality',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='folders', to='portal.municipality', verbose_name='municipality'),
        ),
        migrations.AddIndex(
            model_name='schoolcampaign',
            index=models.Index(fields=['campaign', 'municipality'], name='folder_campaign_municipality'),
        ),
        migrations.AddConstraint(
            model_name='schoolcampaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_without_letter', ''), ('closed_without_reason', '')), models.Q(models.Q(('closed_without_reason', ''), _negated=True), models.Q(('closed_without_letter', ''), _negated=True), ('is_expected', False)), _connector='OR'), name='folder_closed_without_reason_and_letter'),
        ),
    ]
