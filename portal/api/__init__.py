"""The open API: shapes and endpoints."""
