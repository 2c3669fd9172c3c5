"""Tests of the proof: the probe, its driver, and real environments."""
