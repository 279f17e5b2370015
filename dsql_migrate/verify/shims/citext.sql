-- citext is played by a domain over text: its values are proved, its comparisons without case are not
CREATE DOMAIN citext AS text;
