"""Imports: files of sessions or labels that somebody brought, looked through and taken in."""
