BEGIN;
INSERT INTO a VALUES (1);

-- b and c stand among each other, a behind them
INSERT INTO b VALUES (1, 1);
INSERT INTO c VALUES (1, 1);
INSERT INTO b VALUES (2, 1);
INSERT INTO d VALUES (1, 1, 2);
COMMIT;

UPDATE d SET boss = 1;

INSERT INTO d VALUES (2, 1, 1);
