"""Data on its way to the bundle: COPY rows and INSERT statements, streamed, converted exactly, cut to DSQL's limits.

``copy`` cuts COPY data into blocks without looking at rows; ``rows`` converts columns of COPY data; ``insert`` does
both for INSERT … VALUES; ``values`` says how a value of one type becomes a value of another.
"""
