"""What Odoo's log tells about a failed statement: not what customers wrote, and no secret."""

import logging
import re

# Odoo logs a statement that failed with all its values, also when only the connection was lost.
_OURS = re.compile(
    r"omnichannel_|mail_message|mail_mail|bus_bus|res_partner|crm_lead|(phone|mail)_blacklist"
)
_VALUES = re.compile(r"(?<!^)\b(VALUES|SET|WHERE|SELECT)\b", re.IGNORECASE)


class StatementFilter(logging.Filter):
    """Cuts the values off the statements on our tables and on those that get our texts."""

    def filter(self, record):
        """Return True: everything is logged, some of it shortened."""
        if str(record.msg).startswith("bad query") and len(record.args or ()) == 2:
            statement, error = map(self._text, record.args)
            if _OURS.search(statement):
                start = _VALUES.split(statement.strip(), maxsplit=1)[0].strip()
                # PostgreSQL quotes rows and statements below its first line
                record.args = f"{start[:200]} (values left out)", error.split("\n")[0]
        return True

    def _text(self, value):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


logging.getLogger("odoo.sql_db").addFilter(StatementFilter())
