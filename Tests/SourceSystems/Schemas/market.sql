-- A market place with everything that a schema may hold and a mapping has to cope with: quoted names, reserved words,
-- composite keys, enumerations, domains, lists, documents, views, partitions, inheritance, tables without a key.

CREATE SCHEMA stock;
CREATE SCHEMA "Back Office";

CREATE TYPE "OrderState" AS ENUM ('cart', 'placed', 'paid', 'shipped', 'returned');
CREATE TYPE stock.movement AS ENUM ('in', 'out', 'count');
CREATE DOMAIN positive_amount AS numeric(12,2) CHECK (VALUE >= 0);
CREATE DOMAIN list_price AS positive_amount NOT NULL;
CREATE DOMAIN short_code AS varchar(12);

CREATE TABLE customers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "firstName"   text NOT NULL,
    "lastName"    text NOT NULL,
    e_mail        text,
    phone_number  text,
    date_of_birth date,
    password_hash text,
    api_key       text,
    pin           integer,
    country       char(2),
    is_vip        boolean NOT NULL DEFAULT false,
    preferences   jsonb NOT NULL DEFAULT '{}',
    tags          text[] NOT NULL DEFAULT '{}',
    "createdAt"   timestamptz NOT NULL DEFAULT now(),
    "deletedAt"   timestamptz
);

-- Words that SQL, YAML and we ourselves use for other things.
CREATE TABLE "order" (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    "group"        text,
    "select"       text,
    "null"         integer,
    "yes: no # {x}" text,
    "key"          text,
    "company"      text,
    "customerId"   bigint NOT NULL REFERENCES customers(id),
    "state"        "OrderState" NOT NULL,
    currency       char(3) NOT NULL DEFAULT 'EUR',
    "totalCents"   integer NOT NULL,
    shipping_fee   double precision,
    discount_rate  numeric(5,4),
    tip            positive_amount,
    exact_weight   numeric,
    "placedAt"     timestamp NOT NULL DEFAULT now(),
    shipped_on     date,
    eta            interval,
    customer_note  text,
    full_text      tsvector,
    total_again    integer GENERATED ALWAYS AS ("totalCents" * 2) STORED
);

CREATE TABLE products (
    sku        short_code PRIMARY KEY,
    name       text NOT NULL,
    price      list_price,
    cost       real,
    colour     text,
    picture    bytea,
    parent_sku short_code REFERENCES products(sku),
    created    bigint NOT NULL
);

CREATE TABLE order_lines (
    order_id   uuid NOT NULL REFERENCES "order"(id),
    line_no    smallint NOT NULL,
    sku        short_code NOT NULL REFERENCES products(sku),
    quantity   integer NOT NULL,
    unit_price numeric(14,4) NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

CREATE TABLE order_line_refunds (
    id         serial PRIMARY KEY,
    line_no    smallint NOT NULL,
    order_id   uuid NOT NULL,
    amount     money,
    reason     text,
    refunded_on text NOT NULL,
    FOREIGN KEY (order_id, line_no) REFERENCES order_lines (order_id, line_no)
);

CREATE TABLE visits (
    id          bigint NOT NULL,
    visited_at  timestamptz NOT NULL,
    customer_id bigint,                                   -- no foreign key
    page        text,
    ip_address  inet,
    PRIMARY KEY (id, visited_at)
) PARTITION BY RANGE (visited_at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE TABLE vehicles (id integer PRIMARY KEY, plate text NOT NULL, bought_on date NOT NULL);
CREATE TABLE trucks (load_kg integer, PRIMARY KEY (id)) INHERITS (vehicles);
CREATE TABLE vans (seats integer) INHERITS (vehicles);      -- the key is not inherited

CREATE TABLE chat_messages (
    id          serial PRIMARY KEY,
    customer_id bigint REFERENCES customers(id),
    title       text,
    said        text NOT NULL,
    direction   text NOT NULL,
    sent_at     timestamptz NOT NULL
);
CREATE TABLE user_sessions (id uuid PRIMARY KEY, customer_id bigint, started_at timestamptz);
CREATE TABLE invitations (token text PRIMARY KEY, invited_at timestamptz);
CREATE TABLE log_lines (at timestamptz, level text, line text);
CREATE TABLE unique_only (code text NOT NULL UNIQUE, amount numeric(10,2));
CREATE UNLOGGED TABLE fast_cache (id integer PRIMARY KEY, value text);
CREATE TABLE whole_rows (id integer PRIMARY KEY, note text);
ALTER TABLE whole_rows REPLICA IDENTITY FULL;
CREATE TABLE schema_migrations (version text PRIMARY KEY);

CREATE TABLE stock.products (id integer PRIMARY KEY, name text, on_hand integer NOT NULL);
CREATE TABLE stock.order (id integer PRIMARY KEY, product_id integer, kind stock.movement, qty numeric(20,0),
    moved_at timestamptz NOT NULL);
CREATE TABLE "Back Office"."Staff.Member" (
    "Id" integer PRIMARY KEY, "Name" text, "managerId" integer REFERENCES "Back Office"."Staff.Member"("Id"),
    "Løn kr." numeric(10,2), "2nd phase" text, "
evil: [" text);
CREATE TABLE "Back Office".staff_history (id integer PRIMARY KEY, what text, at timestamptz);
CREATE TABLE "Back Office".staff (id integer PRIMARY KEY, status text);
CREATE TABLE only_a_key (id integer PRIMARY KEY);

CREATE VIEW paid_orders AS SELECT * FROM "order" WHERE state = 'paid';
CREATE MATERIALIZED VIEW order_count AS SELECT count(*) FROM "order";

INSERT INTO customers ("firstName", "lastName", e_mail, phone_number, password_hash, api_key, pin, country, "deletedAt")
SELECT 'Ann' || n, 'Bo' || n, 'hushmail' || n || '@example.com', 'hushphone', 'hushhash', 'hushkey', 77001122,
       CASE n % 2 WHEN 0 THEN 'NL' ELSE 'DK' END, CASE WHEN n % 10 = 0 THEN now() END
FROM generate_series(1, 100) n;
INSERT INTO products SELECT 'sku-' || n, 'Thing ' || n, n * 1.25, n / 3.0,
       (ARRAY['red', 'green', 'blue'])[1 + n % 3], '\xdead', CASE WHEN n > 1 THEN 'sku-1' END, 1767225600000 + n
FROM generate_series(1, 60) n;
INSERT INTO "order" ("group", "select", "null", "yes: no # {x}", "key", "company", "customerId", state, "totalCents",
    shipping_fee, discount_rate, tip, exact_weight, "placedAt", shipped_on, customer_note)
SELECT 'g' || n % 4, 's', n, 'y', 'k' || n, 'c', 1 + n % 100, (enum_range(NULL::"OrderState"))[1 + n % 5], n * 101,
    n * 0.1, 0.125, n / 100.0, n * 1.234567, '2026-01-01'::timestamp + n * interval '1 hour', '2026-02-01',
    'hushnote' || n
FROM generate_series(1, 200) n;
INSERT INTO order_lines SELECT o.id, l, 'sku-' || 1 + (o."null" + l) % 60, l, 1.2345 * l
FROM "order" o, generate_series(1, 3) l;
INSERT INTO order_line_refunds (line_no, order_id, amount, reason, refunded_on)
SELECT line_no, order_id, 3.5, 'hushreason', '2026-03-0' || line_no FROM order_lines LIMIT 50;
INSERT INTO visits SELECT n, '2025-12-01'::timestamptz + n * interval '1 day', 1 + n % 100, '/p' || n % 5, '10.9.8.7'
FROM generate_series(1, 90) n;
INSERT INTO vehicles SELECT n, 'V' || n, '2024-01-01' FROM generate_series(1, 5) n;
INSERT INTO trucks SELECT 100 + n, 'T' || n, '2024-01-01', n * 1000 FROM generate_series(1, 7) n;
INSERT INTO vans SELECT 200 + n, 'W' || n, '2024-01-01', n FROM generate_series(1, 3) n;
INSERT INTO chat_messages (customer_id, title, said, direction, sent_at)
SELECT n, 'hushtitle', 'hushwords' || n, 'in', now() FROM generate_series(1, 40) n;
INSERT INTO user_sessions VALUES (gen_random_uuid(), 1, now());
INSERT INTO invitations VALUES ('hushtoken', now());
INSERT INTO log_lines VALUES (now(), 'info', 'hushline');
INSERT INTO stock.products SELECT n, 'P' || n, n FROM generate_series(1, 20) n;
INSERT INTO stock.order SELECT n, 1 + n % 20, 'in', n, now() FROM generate_series(1, 30) n;
INSERT INTO "Back Office"."Staff.Member" SELECT n, 'N' || n, CASE WHEN n > 1 THEN 1 END, n * 1000.5, 'x', 'y'
FROM generate_series(1, 4) n;
INSERT INTO "Back Office".staff VALUES (1, 'active');
INSERT INTO "Back Office".staff_history VALUES (1, 'hired', now());
INSERT INTO only_a_key VALUES (1), (2);
INSERT INTO fast_cache VALUES (1, 'x');
INSERT INTO whole_rows VALUES (1, 'hushwhole');
