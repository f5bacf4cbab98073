"""What pages are made of. Only these modules, app.py and pages/ know the screen."""
