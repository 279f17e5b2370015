"""Partitions and inheritance: tables that are one table on DSQL, or tables of their own."""
