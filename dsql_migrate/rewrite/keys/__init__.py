"""Keys, checks and foreign keys."""
