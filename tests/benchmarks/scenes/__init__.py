"""The benchmark set of reading: rendered live-room videos, what each showed when, and the grading of readings."""
