"""From a recording to the plan of its picture: what stands where, in units of the data."""
