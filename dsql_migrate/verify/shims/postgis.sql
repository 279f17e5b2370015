-- postgis is played by domains over text: values are proved as text, its functions and indexes are not there
CREATE DOMAIN geometry AS text;
CREATE DOMAIN geography AS text;
CREATE DOMAIN raster AS text;
CREATE DOMAIN box2d AS text;
CREATE DOMAIN box3d AS text;
