"""What end-to-end tests and benchmarks share: a simulated room, a watch of it, the comparison with the truth."""
