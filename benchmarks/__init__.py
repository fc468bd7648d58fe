"""Measurements of the portal on PostgreSQL: ``make bench`` writes ``benchmarks/results.md``.

Every figure stands beside floors that were measured in the same run, turn by turn with it: an empty page
behind the same middleware, the bare SQL, Django's own admin, a bare ``UPDATE``, a bare openpyxl writer.
Nothing is asserted: a missed target is printed and written down.
"""
