"""What counts of outcomes prove, and at which confidence."""
