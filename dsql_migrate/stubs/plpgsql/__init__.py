"""PL/pgSQL read whole: a body as a tree of typed statements."""
