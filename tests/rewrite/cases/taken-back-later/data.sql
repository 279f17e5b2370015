INSERT INTO draft VALUES ('kept');
