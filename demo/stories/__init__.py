"""What the demo tells: schools (``schools``), a campaign as a whole (``campaigns``), and in it the events of single
schools, joint events and reports. Nothing is written here.
"""
