"""The questions asked of pg_catalog. Each works on PostgreSQL 12 to 18 and, as far as known, on Aurora DSQL.

Names come back raw, joined by dots. ``%(hidden)s``: schemas to leave out.
"""

from __future__ import annotations

# Comments that begin so mark what stands in for an extension (verify/shims).
MARK = "dsql-migrate stand-in"

_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> ALL (%(hidden)s)"


def _own(catalogue: str, alias: str) -> str:
    """Not a member of an extension, no stand-in."""
    return (
        f"NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d"
        f" WHERE d.classid = 'pg_catalog.{catalogue}'::pg_catalog.regclass"
        f" AND d.objid = {alias}.oid AND d.deptype = 'e')"
        f" AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_description s"
        f" WHERE s.classoid = 'pg_catalog.{catalogue}'::pg_catalog.regclass AND s.objoid = {alias}.oid"
        f" AND s.objsubid = 0 AND s.description LIKE '{MARK}%%')"
    )


# A type as the facts print it: built-in ones by format_type, others by their bare name.
def _type(oid: str) -> str:
    return (
        "(SELECT CASE WHEN tn.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.oid, NULL)"
        " ELSE coalesce(e.typname || '[]', t.typname) END FROM pg_catalog.pg_type t"
        " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"
        f" LEFT JOIN pg_catalog.pg_type e ON e.typarray = t.oid WHERE t.oid = {oid})"
    )


_NAMES = """ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.n ORDER BY u.i)"""

TABLES = f"""
SELECT n.nspname, c.relname, c.relkind::text,
  ARRAY(SELECT pn.nspname || '.' || p.relname
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
  c.relispartition, c.relrowsecurity
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {_SCHEMAS} AND {_own("pg_class", "c")}
ORDER BY 1, 2"""

COLUMNS = f"""
SELECT n.nspname || '.' || c.relname, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), a.attidentity <> '',
  a.attgenerated <> '', NOT a.attislocal, a.attnum::int
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {_SCHEMAS}
ORDER BY 1, a.attnum"""

CONSTRAINTS = f"""
SELECT n.nspname || '.' || coalesce(c.relname, ty.typname), k.conname::text, k.contype::text,
  pg_catalog.pg_get_constraintdef(k.oid), {_NAMES.format(keys="k.conkey", relation="k.conrelid")},
  pg_catalog.pg_get_expr(k.conbin, k.conrelid),
  (SELECT fn.nspname || '.' || f.relname FROM pg_catalog.pg_class f JOIN pg_catalog.pg_namespace fn
   ON fn.oid = f.relnamespace WHERE f.oid = k.confrelid),
  {_NAMES.format(keys="k.confkey", relation="k.confrelid")}, k.confdeltype::text, k.confupdtype::text, k.condeferrable,
  k.convalidated, k.conparentid <> 0 OR NOT k.conislocal, k.contypid <> 0
FROM pg_catalog.pg_constraint k
LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND k.conrelid <> 0
LEFT JOIN pg_catalog.pg_type ty ON ty.oid = k.contypid AND k.contypid <> 0
JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, ty.typnamespace)
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {_SCHEMAS}
  AND (c.oid IS NULL OR ({_own("pg_class", "c")})) AND (ty.oid IS NULL OR ({_own("pg_type", "ty")}))
ORDER BY 1, 2"""

INDEXES = f"""
SELECT n.nspname, c.relname, tn.nspname || '.' || t.relname, i.indisunique, i.indisvalid,
  ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, g, false) FROM generate_series(1, i.indnkeyatts) g ORDER BY g),
  ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, g, false) FROM generate_series(i.indnkeyatts + 1, i.indnatts) g
        ORDER BY g),
  pg_catalog.pg_get_expr(i.indpred, i.indrelid), am.amname, pg_catalog.pg_get_indexdef(i.indexrelid), c.relispartition
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_am am ON am.oid = c.relam
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE {_SCHEMAS} AND {_own("pg_class", "t")}
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1, 2"""

VIEWS = f"""
SELECT n.nspname, c.relname, c.relkind::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {_SCHEMAS} AND {_own("pg_class", "c")}
ORDER BY 1, 2"""

SEQUENCES = f"""
SELECT n.nspname, c.relname, s.seqincrement,
  (SELECT tn.nspname || '.' || t.relname || '.' || a.attname FROM pg_catalog.pg_depend o
   JOIN pg_catalog.pg_class t ON t.oid = o.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
   JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
   WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
     AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.deptype = 'i')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {_SCHEMAS} AND {_own("pg_class", "c")}
ORDER BY 1, 2"""

_ROUTINES = f"""
SELECT kind || ':' || name, kind, name, language, false FROM (
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
    n.nspname || '.' || p.proname || '(' || coalesce((SELECT string_agg({_type("k.t")}, ', ' ORDER BY k.i)
      FROM unnest(p.proargtypes) WITH ORDINALITY k(t, i)), '') || ')' AS name, l.lanname::text AS language
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE {_SCHEMAS} AND {_own("pg_proc", "p")}
    -- constructors of range types
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND i.objid = p.oid AND i.deptype = 'i')
) routines ORDER BY 1"""

_ON_TABLE = """
SELECT '{kind}:' || n.nspname || '.' || c.relname || '.' || x.{name}, '{kind}',
  n.nspname || '.' || c.relname || '.' || x.{name}, '', {optional}
FROM pg_catalog.{catalogue} x JOIN pg_catalog.pg_class c ON c.oid = x.{relation}
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {schemas} AND {own} AND {extra} ORDER BY 1"""

_TYPES = f"""
SELECT CASE t.typtype WHEN 'd' THEN 'domain:' ELSE 'type:' END || n.nspname || '.' || t.typname,
  CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname || '.' || t.typname,
  CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) ELSE '' END, false
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (t.typtype <> 'c' OR c.relkind = 'c') AND t.typelem = 0
  AND {_SCHEMAS} AND {_own("pg_type", "t")} ORDER BY 1"""

_SCHEMA = f"""
SELECT 'schema:' || n.nspname, 'schema', n.nspname::text, '', n.nspname = 'public'
FROM pg_catalog.pg_namespace n WHERE {_SCHEMAS} AND {_own("pg_namespace", "n")} ORDER BY 1"""

_EXTENSION = """
SELECT 'extension:' || x.extname, 'extension', x.extname::text, '', x.extname = 'plpgsql'
FROM pg_catalog.pg_extension x ORDER BY 1"""

_CAST = """
SELECT 'cast:(' || s.typname || ' AS ' || t.typname || ')', 'cast',
  '(' || s.typname || ' AS ' || t.typname || ')', '', false
FROM pg_catalog.pg_cast x JOIN pg_catalog.pg_type s ON s.oid = x.castsource
JOIN pg_catalog.pg_type t ON t.oid = x.casttarget
WHERE x.oid >= 16384 AND {own}
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
                  AND i.objid = x.oid AND i.deptype = 'i') -- of a range type to its multirange
ORDER BY 1"""

_NAMED = """
SELECT '{kind}:' || n.nspname || '.' || x.{name}, '{kind}', n.nspname || '.' || x.{name}, '', false
FROM pg_catalog.{catalogue} x JOIN pg_catalog.pg_namespace n ON n.oid = x.{namespace}
WHERE {schemas} AND {own} ORDER BY 1"""

# Comments: on relations and their columns, constraints, triggers, types, routines, schemas.
_COMMENTS = (
    f"""
SELECT 'comment:' || kind || ' ' || name, 'comment', kind || ' ' || name, text, false FROM (
  SELECT CASE WHEN s.objsubid > 0 THEN 'column' WHEN c.relkind IN ('i', 'I') THEN 'index'
    WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind = 'v' THEN 'view'
    WHEN c.relkind = 'm' THEN 'materialized view' WHEN c.relkind = 'c' THEN 'type'
    WHEN c.relkind = 'f' THEN 'foreign table' ELSE 'table' END AS kind,
    n.nspname || '.' || c.relname || coalesce('.' || a.attname, '') AS name, s.description AS text
  FROM pg_catalog.pg_description s JOIN pg_catalog.pg_class c ON c.oid = s.objoid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.objsubid AND s.objsubid > 0
  WHERE s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND {_SCHEMAS}) found ORDER BY 1""",
    f"""
SELECT 'comment:' || kind || ' ' || name, 'comment', kind || ' ' || name, s.description, optional
FROM pg_catalog.pg_description s JOIN (
  SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS class, k.oid,
    CASE WHEN k.contypid <> 0 THEN 'domain constraint' ELSE 'constraint' END AS kind,
    n.nspname || '.' || coalesce(c.relname, ty.typname) || '.' || k.conname AS name, false AS optional
  FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND k.conrelid <> 0
  LEFT JOIN pg_catalog.pg_type ty ON ty.oid = k.contypid AND k.contypid <> 0
  JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, ty.typnamespace) WHERE {_SCHEMAS}
  UNION ALL
  SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'trigger',
    n.nspname || '.' || c.relname || '.' || t.tgname, false
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMAS}
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
    n.nspname || '.' || t.typname, false
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE {_SCHEMAS}
  UNION ALL
  SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid,
    CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
    n.nspname || '.' || p.proname || '(' || coalesce((SELECT string_agg({_type("k.t")}, ', ' ORDER BY k.i)
      FROM unnest(p.proargtypes) WITH ORDINALITY k(t, i)), '') || ')', false
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {_SCHEMAS}
  UNION ALL
  SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'schema', n.nspname::text, n.nspname = 'public'
  FROM pg_catalog.pg_namespace n WHERE {_SCHEMAS}
) named ON named.class = s.classoid AND named.oid = s.objoid
WHERE s.objsubid = 0 AND s.description NOT LIKE '{MARK}%%' ORDER BY 1""",
)


def others(version: int) -> tuple[str, ...]:
    """The questions whose rows are (id, kind, name, text, optional). ``version`` is the server's version number."""
    clone = "x.tgparentid <> 0" if version >= 130000 else "false"
    table = {"schemas": _SCHEMAS, "own": "true"}
    return (
        _SCHEMA,
        _TYPES,
        _ROUTINES,
        _EXTENSION,
        _ON_TABLE.format(
            kind="trigger", name="tgname", catalogue="pg_trigger", relation="tgrelid", optional=clone,
            extra="NOT x.tgisinternal", **table,
        ),
        _ON_TABLE.format(
            kind="policy", name="polname", catalogue="pg_policy", relation="polrelid", optional="false",
            extra="true", **table,
        ),
        _ON_TABLE.format(
            kind="rule", name="rulename", catalogue="pg_rewrite", relation="ev_class", optional="false",
            extra="x.rulename <> '_RETURN'", **table,
        ),
        _NAMED.format(
            kind="collation", name="collname", catalogue="pg_collation", namespace="collnamespace", schemas=_SCHEMAS,
            own=_own("pg_collation", "x"),
        ),
        _CAST.format(own=_own("pg_cast", "x")),
        *_COMMENTS,
    )  # fmt: skip
