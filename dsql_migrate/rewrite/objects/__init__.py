"""Everything else that the catalogue holds: types, functions, views, schemas, comments, privileges."""
