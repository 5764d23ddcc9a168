"""What runs and step records prove."""
