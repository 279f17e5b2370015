-- isn is played by domains over text: values are proved as text, check digits are not
CREATE DOMAIN ean13 AS text;
CREATE DOMAIN isbn AS text;
CREATE DOMAIN isbn13 AS text;
CREATE DOMAIN issn AS text;
CREATE DOMAIN issn13 AS text;
CREATE DOMAIN ismn AS text;
CREATE DOMAIN ismn13 AS text;
CREATE DOMAIN upc AS text;
