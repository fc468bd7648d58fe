"""The demo: invented schools, people and events around the region pack that ships with the portal.

``schools``, ``names``, ``texts`` and ``events`` say what there is; ``actions`` writes it.
"""
