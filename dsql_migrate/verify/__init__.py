"""Replay and compare: the source in a plain PostgreSQL, the bundle on the engine, and what differs between them."""
