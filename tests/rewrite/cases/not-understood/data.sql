UPDATE a SET id = id;
