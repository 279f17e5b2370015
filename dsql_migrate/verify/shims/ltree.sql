-- ltree is played by domains over text: values are proved as text, operators are not there
CREATE DOMAIN ltree AS text;
CREATE DOMAIN lquery AS text;
CREATE DOMAIN ltxtquery AS text;
