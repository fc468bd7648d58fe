from time import monotonic

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from campaigns.packs import PackError, read_pack
from demo.actions import load_demo
from events.models import Event
from portal import clock
from portal.models import Region, User

PACK = settings.BASE_DIR / "regions" / "tomsk"
FIRST_YEAR = 2021
"""The demo's running campaign follows those of 2019, so a clock set before this year cannot have one."""


class Command(BaseCommand):
    help = (
        "Loads the demo: the Tomsk pack, invented schools, people and events of three campaigns, one of them running. "
        "Works in demo mode alone, on a database without events."
    )

    def add_arguments(self, parser):
        parser.add_argument("--schools", type=int, help="how many schools (312: as the pack says)")
        parser.add_argument("--events", type=int, default=20_000, help="about how many events (20000)")
        parser.add_argument("--seed", type=int, default=2019, help="the same seed gives the same data (2019)")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, quietly, outside demo mode or where a region exists"
        )

    def handle(self, *args, schools, events, seed, if_empty, **options):
        if if_empty and (not settings.DEMO or Region.objects.exists()):
            return
        if not settings.DEMO:
            raise CommandError("The demo is loaded in demo mode alone: set DEMO=1, never where real people work.")
        if Event.objects.exists() or User.objects.filter(is_demo=True).exists():
            raise CommandError("This database holds events or demo accounts already: the demo wants one without.")
        if clock.now().year < FIRST_YEAR:
            raise CommandError(f"The clock stands before {FIRST_YEAR}: the demo's campaigns of 2019 are not over.")
        started = monotonic()
        self.stdout.write("Loading the demo: schools, people and events, all invented.")
        try:
            pack = read_pack(PACK)
        except PackError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        fewest = len(pack.municipalities)
        schools = sum(pack.demo_schools.values()) if schools is None else schools
        if schools < fewest:
            raise CommandError(f"--schools: at least {fewest}, one for each municipality of the pack.")
        if events < 1:
            raise CommandError("--events: at least 1.")
        try:
            counts = load_demo(pack, seed=seed, schools_total=schools, events_total=events)
        except ValidationError as error:
            raise CommandError("Nothing was loaded.\n" + "\n".join(error.messages)) from error
        for name, number in counts.items():
            self.stdout.write(f"  {name}: {number}")
        self.stdout.write(f"Done in {monotonic() - started:.0f} s.")
