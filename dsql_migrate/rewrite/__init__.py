"""Rewriting: a dump becomes a bundle that Aurora DSQL accepts, with a ledger of what became of every object."""
