"""What the tests share: planted runs, a W&B server, a browser, oracles of their own."""
