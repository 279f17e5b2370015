"""CREATE INDEX ASYNC, and what takes the place of an index that DSQL does not have."""
