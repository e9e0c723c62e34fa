"""Which PostgreSQL the portal talks to: a server named by DATABASE_URL, or the embedded one under DATA_DIR."""
