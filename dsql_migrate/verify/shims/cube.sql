-- cube is played by a domain over text: values are proved as text, operators are not there
CREATE DOMAIN cube AS text;
