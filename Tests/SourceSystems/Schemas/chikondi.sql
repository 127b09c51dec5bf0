-- The documents of the Chikondi POS, of all three databases, as Postgres holds them for the tests.
CREATE TABLE documents (id text PRIMARY KEY, database text NOT NULL, body jsonb NOT NULL);
