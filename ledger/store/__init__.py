"""The database: tables, connections, and the SQL of each subject."""
