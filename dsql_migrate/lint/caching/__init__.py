"""Runs that are not done twice: results kept by content, and what a result rests on."""
