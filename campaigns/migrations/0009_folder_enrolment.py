from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0008_extension_folder_stands'),
    ]

    operations = [
        migrations.AddField(
            model_name='extension',
            name='after_closing',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_1',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_10',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_11',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_2',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_3',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_4',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_5',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_6',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_7',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_8',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_9',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_as_of',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='enrolment as of'),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='roll_source',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='source of the enrolment'),
        ),
    ]
