-- DSQL102: tags converted (line 3)
INSERT INTO rental VALUES (1,1,5,NULL,'["a", "b"]'),(2,2,6,'2024-01-01','[]'),(3,2,7,NULL,NULL);
