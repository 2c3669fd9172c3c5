"""Measurements that the README and the changelog quote."""
