"""Realistic drafts for the demonstration and the tests; firms and accounts are invented, check digits are right."""
