"""Exported tables: CSV, JSONL and Parquet files as runs."""
