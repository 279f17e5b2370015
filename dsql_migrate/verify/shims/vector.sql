-- vector is played by domains over text: values are proved as text, operators and indexes are not there
CREATE DOMAIN vector AS text;
CREATE DOMAIN halfvec AS text;
CREATE DOMAIN sparsevec AS text;
