"""All that touches the disk: the cache, what may be read, what is written."""
