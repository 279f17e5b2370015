"""Liquibase: changes of XML, YAML and JSON change logs as SQL."""
