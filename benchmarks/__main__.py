"""``python -m benchmarks``: fills an empty database with the demo, measures, writes ``results.md``."""

import argparse
import os
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results.md"


def main() -> None:
    """Read the arguments, set Django up as a server would, and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=30, help="turns of each page (30)")
    parser.add_argument("--only", default="", help="measure only pages whose name holds this; writes no file")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write (benchmarks/results.md)")
    options = parser.parse_args()
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("Name a PostgreSQL database that may be filled: DATABASE_URL=postgres://... make bench")
    # The demo is loaded in demo mode alone; a debugging server keeps every query and measures nothing of use.
    os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "DEMO": "1", "DEBUG": "0"}

    import django

    django.setup()
    from benchmarks.run import run

    run(options)


if __name__ == "__main__":
    main()
