"""Databases with many customers, filled by SQL: as realistic as is needed, in a minute or two."""

from tests.tooling import databases

# Odoo's own columns are what its ORM would have written for these contacts. Three of five have
# their mailbox at one of a few big providers, the others at one of 20,000 firms in any order.
CONTACTS = """
INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, email, email_normalized,
                         phone, active, partner_share, type, create_uid, write_uid, create_date,
                         write_date)
SELECT id, id, name, name, email, lower(email), phone, true, true, 'contact', 1, 1, now(), now()
  FROM (SELECT nextval('res_partner_id_seq') AS id, 'Customer ' || number AS name,
               CASE number %% 97 WHEN 0 THEN 'Info@company' || number %% 20000
                                 WHEN 1 THEN 'unusable-' || number
                                 ELSE 'First.Last' || number || '@mail' || host END
                   || '.example.com' AS email,
               CASE number %% 4 WHEN 0 THEN '+1 (' || area || ') ' || prefix || '-' || line
                                WHEN 1 THEN '+1' || area || prefix || line
                                WHEN 2 THEN '+44 ' || area || ' ' || prefix || ' ' || line
                                ELSE '0049 ' || area || ' ' || prefix || line END AS phone
          FROM generate_series(1, %s) AS number,
               LATERAL (SELECT CASE WHEN number %% 5 < 3 THEN number %% 10
                                    ELSE 20000 * (hashint4(number)::bigint + 2147483648)
                                         / 4294967296 END AS host) AS provider,
               LATERAL (SELECT 200 + number / 10000 %% 700 AS area,
                               200 + number / 7000000 AS prefix,
                               lpad((number %% 10000)::text, 4, '0') AS line)) AS drawn
"""
# Each has a phone number, every second an e-mail address too.
IDENTITIES = """
INSERT INTO omnichannel_identity (kind, scope, value, raw_value, match_key, partner_id, is_shared,
                                  trust, source, validity, create_uid, write_uid, create_date,
                                  write_date)
SELECT kind, '', value, value, key, id, false, 'observed', 'record', 'valid', 1, 1, now(), now()
  FROM res_partner,
       LATERAL (VALUES ('phone', '+1' || (2000000000 + id), '+1' || (2000000000 + id)),
                       ('email', 'customer' || id || '@example.com', 'customer' || id))
               AS address (kind, value, key)
 WHERE complete_name LIKE 'Customer %%' AND (kind = 'phone' OR id %% 2 = 0)
    ON CONFLICT DO NOTHING
"""


def fill(database, contacts, identities=False):
    """Add so many contacts with e-mail address and phone number, and their identities."""
    databases.fetch(database, CONTACTS, [contacts])
    if identities:
        databases.fetch(database, IDENTITIES.replace("%%", "%"))
    databases.execute("VACUUM ANALYZE", database=database)
