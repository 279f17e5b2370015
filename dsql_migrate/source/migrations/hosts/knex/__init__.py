"""Knex: calls of its schema builder as SQL."""
