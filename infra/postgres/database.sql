-- Sorted by code point like the cluster (see server.py); run outside a transaction.
CREATE DATABASE rxlog ENCODING 'UTF8' TEMPLATE template0;
