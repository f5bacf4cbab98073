"""Reading and asking W&B: offline files, the server, its client's process, histories."""
