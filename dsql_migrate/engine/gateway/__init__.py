"""The gateway: PostgreSQL's wire protocol in front of the embedded server, with DSQL's answers and transactions."""
