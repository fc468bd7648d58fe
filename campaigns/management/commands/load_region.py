from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from campaigns import actions
from campaigns.packs import PackError, read_pack


class Command(BaseCommand):
    help = "Loads a region pack: a folder of CSV files. Loading it again says what it changed and doubles nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", help="the pack, for example regions/tomsk")

    def handle(self, *args, folder, **options):
        try:
            loaded = actions.load_pack(None, read_pack(folder))
        except PackError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        except ValidationError as error:
            raise CommandError("Nothing was loaded.\n" + "\n".join(error.messages)) from error
        for line in loaded.changes:
            self.stdout.write(line)
        for table, (created, updated, unchanged) in loaded.counts.items():
            self.stdout.write(f"{table}: {created} new, {updated} changed, {unchanged} as they were")
