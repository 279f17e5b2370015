"""Statements of the script that make no object: settings, changes of rows, and those DSQL has no use for."""
