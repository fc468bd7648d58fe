"""What the demo says in words."""
