"""Dashboards: figures with their meaning and their rows, charts, tables."""
