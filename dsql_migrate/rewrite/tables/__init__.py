"""CREATE TABLE: tables, their columns, and what is folded into them."""
