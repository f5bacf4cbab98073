"""What to run next: values, guard, configs, proposals."""
