"""Which PostgreSQL the portal talks to: one named by DATABASE_URL, or the embedded one under DATA_DIR."""
