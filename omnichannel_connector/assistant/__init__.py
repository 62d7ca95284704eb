"""What the assistant knows about words: plain Python, no Odoo, no network but in endpoint.py."""
