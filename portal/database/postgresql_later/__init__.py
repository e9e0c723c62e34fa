"""The PostgreSQL back end of settings that were read before any server was named."""
