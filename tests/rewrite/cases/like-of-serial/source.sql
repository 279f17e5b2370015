CREATE TABLE orders (
    id serial PRIMARY KEY,
    number bigserial NOT NULL
);

CREATE TABLE orders_archive (LIKE orders);
CREATE TABLE orders_staged (LIKE orders INCLUDING DEFAULTS);

CREATE TABLE returns (
    id int DEFAULT nextval('orders_id_seq') NOT NULL,
    reason text
);
