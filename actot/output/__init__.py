"""A Study as sentences, JSON, pictures and files."""
