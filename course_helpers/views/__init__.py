"""What a recording looks like: each view takes a Recording, and none knows another."""
