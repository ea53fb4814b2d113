-- What a PostgreSQL of your own (15 or newer) needs for Review Desk. Run once, as a superuser or who may do all of this:
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -v verify_password=… -f docs/dba.sql
-- Three roles: the owner migrates, works and erases; the app serves pages and may not alter facts; the third verifies backups.

CREATE ROLE review_desk_owner LOGIN PASSWORD :'owner_password' CONNECTION LIMIT 40;
CREATE ROLE review_desk_app LOGIN PASSWORD :'app_password' CONNECTION LIMIT 100;
-- May make scratch databases and sees nothing of ours. Better on another server, where this one line is all that is needed.
CREATE ROLE review_desk_verify LOGIN CREATEDB PASSWORD :'verify_password' CONNECTION LIMIT 5;

CREATE DATABASE review_desk OWNER review_desk_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE review_desk FROM PUBLIC;
GRANT CONNECT ON DATABASE review_desk TO review_desk_app;

-- Whoever comes in by another way than the application, such as psql, is bounded too. The application sets its own on each connection.
ALTER ROLE review_desk_app IN DATABASE review_desk SET statement_timeout = '10s';
ALTER ROLE review_desk_app IN DATABASE review_desk SET lock_timeout = '2s';
ALTER ROLE review_desk_app IN DATABASE review_desk SET idle_in_transaction_session_timeout = '60s';

\connect review_desk
-- Both are trusted: the owner could make them too, if it may CREATE in the database.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO review_desk_owner;
GRANT USAGE ON SCHEMA public TO review_desk_app;

-- Then, as the owner and after every migration:
--   manage.py migrate
--   manage.py grant_app_rights review_desk_app
--   manage.py check --database default        with the DATABASE_URL of the owner, and again with that of the app
