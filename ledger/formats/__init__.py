"""Renditions of an invoice: what people and programs are handed."""
