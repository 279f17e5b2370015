"""Dumps of MySQL and MariaDB as inputs: translated to a PostgreSQL script, which then goes the way of every dump.

mysqldump, mariadb-dump and phpMyAdmin write them. statements.py cuts a dump, table.py reads CREATE TABLE, types.py and
values.py say what types and values become, rows.py streams the rows, expressions.py asks sqlglot, translate.py does it.
"""
