"""Sequences, identity columns, and the numbers they go on with."""
