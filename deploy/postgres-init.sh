#!/bin/sh
# Two roles: the owner makes and changes the tables, the other one only uses
# them, and row-level security binds it.
set -eu
psql -v ON_ERROR_STOP=1 -v app="$APP_PASSWORD" -v owner="$OWNER_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE gatehouse_owner LOGIN PASSWORD :'owner';
CREATE ROLE gatehouse_app LOGIN PASSWORD :'app';
CREATE DATABASE gatehouse OWNER gatehouse_owner;
SQL
