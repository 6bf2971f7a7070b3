"""Django's PostgreSQL backend that says to the database who asks."""
