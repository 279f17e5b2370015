"""What makes a database of PostgreSQL one of DSQL's: schemas sys and pg_dsql, jobs, looks, copies of a prepared one."""
