-- hstore is played by a domain over text: its values are proved as text, its operators are not there
CREATE DOMAIN hstore AS text;
