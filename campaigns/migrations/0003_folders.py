import django.db.models.deletion
from django.db import migrations, models


def follow(apps, schema_editor):
    _rename(apps, 'events', 'campaigns')


def go_back(apps, schema_editor):
    _rename(apps, 'campaigns', 'events')


def _rename(apps, old, new):
    """Let the kind of a folder, by which its history and rights know it, follow to the other app."""
    apps.get_model('contenttypes', 'ContentType').objects.filter(app_label=old, model='schoolcampaign').update(app_label=new)


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_extensions'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('events', '0006_folders_move'),
        ('portal', '0004_one_address'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='SchoolCampaign',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='frozen')),
                        ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='folders', to='campaigns.campaign', verbose_name='campaign')),
                        ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='folders', to='portal.school', verbose_name='school')),
                    ],
                    options={
                        'verbose_name': 'school in a campaign',
                        'verbose_name_plural': 'schools in campaigns',
                        'db_table': 'events_schoolcampaign',
                        'constraints': [models.UniqueConstraint(fields=('school', 'campaign'), name='folder_once')],
                    },
                ),
            ],
        ),
        migrations.RunPython(follow, go_back),
        migrations.AddField(
            model_name='schoolcampaign',
            name='municipality',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='folders', to='portal.municipality', verbose_name='municipality'),
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='is_expected',
            field=models.BooleanField(default=False, verbose_name='a report is expected'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='closed_without_reason',
            field=models.CharField(blank=True, default='', max_length=500, verbose_name='why it is closed without a report'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='schoolcampaign',
            name='closed_without_letter',
            field=models.CharField(blank=True, default='', max_length=100, verbose_name='number of the letter'),
            preserve_default=False,
        ),
    ]
