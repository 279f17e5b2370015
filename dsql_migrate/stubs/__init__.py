"""What the database no longer enforces, as application code: the obligations, and one writer a language."""
