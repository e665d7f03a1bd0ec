"""Pages that editors write around the register."""
