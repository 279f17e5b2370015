"""What expressions of MySQL mean, said in PostgreSQL: an allow-list.

kinds.py has values with what is known of them; texts.py, times.py, numbers.py, documents.py and choices.py have the
functions, operators.py the operators, aggregates.py what aggregates and windows say of their own; walk.py goes through
a parse tree, queries.py through whole statements. What stands in none of them is refused by name. The source of every
meaning is MySQL's Reference Manual (8.0, "Functions and Operators"), for PostgreSQL its manual (16, chapter 9).
"""
