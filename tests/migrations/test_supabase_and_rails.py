"""Supabase's migrations; Rails' structure.sql."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_supabase_sends_a_file_as_one_batch(folder):
    made = folder({"supabase/migrations/20240102_b.sql": TWO, "supabase/migrations/20240101_a.sql": "SELECT 1;"})
    assert made.order() == ["supabase/migrations/20240101_a.sql", "supabase/migrations/20240102_b.sql"]
    assert made.tool() == ["Supabase: folder supabase/migrations"]
    assert made.codes() == ["DSQL618"]


def test_supabase_seeds_are_scripts(folder):
    made = folder({"supabase/migrations/20240101_a.sql": "SELECT 1;", "supabase/seed.sql": TWO})
    assert made.tool() == ["Supabase: folder supabase/migrations", "psql: "]


def test_structure_sql_is_loaded_by_psql(folder):
    made = folder({"db/structure.sql": TWO, "db/animals_structure.sql": TWO, "structure.sql": TWO})
    assert made.tool() == ["Rails structure.sql: name db/animals_structure.sql", "psql: "]
    assert made.codes() == []
