"""Optimistic concurrency, without input or output: what a transaction touched, and which commits conflict with it."""
