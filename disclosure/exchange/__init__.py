"""Files in and out of this room: the table of a batch of notices (批量发布)."""
