"""What frames and answers say, read from a capture log into a reading log (data path 5)."""
