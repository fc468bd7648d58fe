"""The demo: invented schools, people, events and reports around the region pack that ships with the portal.

``words`` is what they say: names, titles, conclusions. ``stories`` invents and writes nothing: who did what and when,
from the same seed the same. ``actions`` writes it: what a visitor looks at first is played, step by step, through the
portal's own actions (``actions.plays``); the thousands of rows around it are loaded as they are in the end
(``actions.rows``). The command ``seed_demo`` starts it.
"""
