"""The catalog in and out: official Excel, CSV and JSON. Columns are declared once and used both ways."""
