"""When a follow-up may be sent: plain Python that never imports odoo (import-linter holds it).

Every moment that comes in or goes out is aware; the caller tells what time it is.
"""
