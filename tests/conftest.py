"""What every test stands on: a real database, a clock that stands still, a small world of people and places."""

pytest_plugins = [
    "tests.settings",
    "tests.clock",
    "tests.client",
    "tests.worker",
    "tests.world",
    "tests.full_world",
    "tests.reporting",
]
