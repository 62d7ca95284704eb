"""Databases with many conversations, filled by SQL: as realistic as is needed, in minutes.

Both databases of a comparison have the same people and the same few hundred conversations of two
agents, enough for a page of each box; the large one has all the others too. Ada is one of many
agents, in a team like the others. Rita's team is small: what she may see in a company that keeps
its teams apart is rare among all that there is.
"""

import psycopg2

from tests.tooling import databases

PAGE = 90  # rows of each kind that an agent has in both databases: a page and a few more
LONG = 35  # messages of a thread that is opened: a page and a few more
HOT = 20_000  # messages of the longest thread

# People, teams and accounts, made by Odoo. Runs in its shell.
PEOPLE = """
from odoo import Command
AGENTS, TEAMS = 42, 10
env["res.company"].search([]).omnichannel_is_team_private = False
def accounts():
    for number in (1, 2):
        yield {"channel": "instagram", "external_id": "17841%d" % number, "sender": False}
        yield {"channel": "sms", "external_id": "AC%d" % number, "sender": "+1500555000%d" % number}
secrets = {"access_token": "token", "signing_secrets": "token", "state": "connected"}
found = env["omnichannel.account"].create(
    [{"name": "Account %d" % n, **secrets, **v} for n, v in enumerate(accounts())])
users = env["res.users"].with_context(no_reset_password=True)
def person(login, group="agent", **values):
    group = env.ref("omnichannel_connector.omnichannel_group_" + group)
    groups = [Command.link(group.id)]
    return {"name": login.title(), "login": login, "group_ids": groups, **values}
known = [person("sue", "supervisor", password="sue")]
known += [person(login, password=login) for login in ("ada", "rita")]
_sue, ada, rita = users.create(known)
others = users.create([person("agent%d" % n) for n in range(AGENTS - 2)])
teams = env["omnichannel.team"].create([
    {"name": "Team %d" % number, "member_ids": [Command.set(others[number :: TEAMS].ids)]}
    for number in range(TEAMS)])
(rita + others[-1]).omnichannel_team_ids = teams[-1]
(others[TEAMS - 1 : -1 : TEAMS]).omnichannel_team_ids = teams[0]
ada.omnichannel_team_ids = teams[1]
env.cr.commit()
"""

# What is written here refers to what is there; who may, spares PostgreSQL to look it up each time.
QUICKLY = """
SET LOCAL work_mem = '256MB';
SELECT set_config('session_replication_role', 'replica', true)
  FROM pg_roles WHERE rolname = current_user AND rolsuper;
"""
# Who answers: Ada is number 0, Rita 1, her only colleague the last.
AGENTS = """
CREATE TEMP TABLE agent AS
SELECT row_number() OVER (ORDER BY u.login <> 'ada', u.login <> 'rita',
                                  r.team_id = (SELECT max(id) FROM omnichannel_team), u.login)
           - 1 AS number,
       u.id AS user_id, u.partner_id, r.team_id
  FROM res_users u JOIN omnichannel_team_user_rel r ON r.user_id = u.id;
CREATE TEMP TABLE shop AS
SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, channel, external_id, company_id,
       CASE channel WHEN 'sms' THEN 'phone' ELSE channel END AS kind,
       CASE channel WHEN 'sms' THEN '' ELSE external_id END AS scope
  FROM omnichannel_account;
ANALYZE agent;
ANALYZE shop;
"""
# `chance` gives the same number between 0 and 999 for the same row and purpose.
CHANCE = """
CREATE FUNCTION pg_temp.chance(number bigint, purpose int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashint8extended(number, purpose) & 2147483647) % 1000)::int $$;
"""
# The first two agents' own: seven kinds, of which the boxes are made.
#   0, 1: open and theirs; 2: open, of their team, nobody's; 3: open, a colleague's;
#   4: snoozed; 5: closed; 6: closed and nobody's
OWN = """
CREATE TEMP TABLE drawn AS
SELECT n AS number, 'Regular ' || a.number || '-' || n AS name,
       CASE WHEN kind < 4 THEN 'open' WHEN kind = 4 THEN 'snoozed' ELSE 'closed' END AS state,
       CASE WHEN kind IN (2, 6) THEN NULL WHEN kind = 3 THEN colleague.user_id
            ELSE a.user_id END AS user_id,
       a.team_id, CASE WHEN kind IN (0, 2) THEN 'us' ELSE 'customer' END AS waiting_for,
       pg_temp.chance(n + a.number * 1000, 1) * interval '8 hours' AS age,
       CASE WHEN n = 0 AND a.number = 0 THEN %(hot)s
            WHEN kind = 0 AND a.number = 0 THEN %(long)s ELSE 3 END AS size
  FROM generate_series(0, 7 * %(page)s - 1) AS n
       CROSS JOIN LATERAL (SELECT n %% 7 AS kind) AS kinds
       CROSS JOIN agent AS a
       CROSS JOIN LATERAL (SELECT user_id FROM agent AS other
                            WHERE other.team_id = a.team_id AND other.number > 1
                            ORDER BY other.number LIMIT 1) AS colleague
 WHERE a.number < 2;
"""
# Everybody's: two of twenty are open, one is snoozed. Nobody took every third open one and every
# seventh of the others; of those every third is of no team.
OTHERS = """
INSERT INTO drawn
SELECT n, 'Customer ' || n, state,
       CASE WHEN is_free THEN NULL ELSE a.user_id END,
       CASE WHEN is_free AND pg_temp.chance(n, 5) < 333 THEN NULL ELSE a.team_id END,
       CASE WHEN state = 'open' AND pg_temp.chance(n, 6) < 500 THEN 'us' ELSE 'customer' END,
       pg_temp.chance(n, 7) * CASE state WHEN 'open' THEN interval '1 hour'
                                         WHEN 'snoozed' THEN interval '2 hours'
                                         ELSE interval '8 hours' END
           + pg_temp.chance(n, 8) * interval '20 seconds',
       1 + pg_temp.chance(n, 9) %% (2 * %(messages)s / %(conversations)s - 1)
  FROM generate_series(1000, 999 + %(conversations)s::int) AS n
       CROSS JOIN LATERAL (SELECT CASE WHEN n %% 20 < 2 THEN 'open' WHEN n %% 20 = 2 THEN 'snoozed'
                                       ELSE 'closed' END AS state) AS states
       CROSS JOIN LATERAL (SELECT pg_temp.chance(n, 3)
                                  < CASE state WHEN 'open' THEN 333 ELSE 143 END AS is_free) AS t
       JOIN agent AS a
         ON a.number = CASE WHEN pg_temp.chance(n, 4) < 24 THEN 0
                            ELSE 2 + n / 20 %% (SELECT count(*) - 3 FROM agent) END;
"""
CUSTOMERS = """
CREATE TEMP TABLE customer AS
SELECT d.*, shop.id AS account_id, shop.channel, shop.kind, shop.scope, shop.company_id,
       nextval('res_partner_id_seq') AS partner_id,
       nextval('omnichannel_identity_id_seq') AS identity_id,
       nextval('omnichannel_conversation_id_seq') AS id,
       nextval('discuss_channel_id_seq') AS channel_id,
       lower(replace(name, ' ', '.')) || '@example.com' AS address,
       (now() AT TIME ZONE 'UTC')::timestamp(0) - age AS last_at
  FROM (SELECT *, row_number() OVER (ORDER BY age DESC) AS place FROM drawn) AS d
  -- the regulars, whose threads are opened, write by the same channels in every database
  JOIN shop ON shop.number = CASE WHEN d.name LIKE 'Regular %' THEN d.number ELSE d.place END
                             % (SELECT count(*) FROM shop);
ANALYZE customer;
INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, phone, email,
                         email_normalized, active, partner_share, type, create_uid, write_uid,
                         create_date, write_date)
SELECT partner_id, partner_id, name, name, '+1' || (2000000000 + partner_id),
       address, address, true, true, 'contact', 1, 1, last_at, last_at
  FROM customer;
INSERT INTO omnichannel_identity (id, kind, scope, value, raw_value, username, partner_id,
                                  account_id, is_shared, trust, source, validity, first_seen_at,
                                  last_seen_at, last_inbound_at, create_uid, write_uid, create_date,
                                  write_date)
SELECT identity_id, kind, scope, value, value,
       CASE kind WHEN 'instagram' THEN 'handle' || partner_id END, partner_id, account_id, false,
       'observed', 'channel', 'valid', last_at, last_at, last_at, 1, 1, last_at, last_at
  FROM customer, LATERAL (SELECT CASE kind WHEN 'phone' THEN '+1' || (2000000000 + partner_id)
                                           ELSE (90000000000000 + partner_id)::text END AS value) v;
INSERT INTO omnichannel_identity (kind, scope, value, raw_value, match_key, partner_id, is_shared,
                                  trust, source, validity, create_uid, write_uid, create_date,
                                  write_date)
SELECT 'email', '', address, address, address, partner_id, false, 'observed', 'record', 'valid', 1,
       1, last_at, last_at
  FROM customer
 WHERE number % 2 = 0;
"""
CONVERSATIONS = """
INSERT INTO omnichannel_conversation (id, partner_id, company_id, state, user_id, team_id,
                                      waiting_for, waiting_since, unread_count, response_due_at,
                                      snoozed_until, last_message_at, last_inbound_at,
                                      last_outbound_at, turn_at, last_channel,
                                      last_inbound_identity_id, create_uid, write_uid, create_date,
                                      write_date)
SELECT id, partner_id, company_id, state, user_id, team_id, waiting_for,
       CASE waiting_for WHEN 'us' THEN last_at END, (waiting_for = 'us')::int,
       CASE waiting_for WHEN 'us' THEN last_at + interval '1 hour' END,
       CASE state WHEN 'snoozed' THEN now() AT TIME ZONE 'UTC' + age END, last_at, last_at,
       CASE waiting_for WHEN 'customer' THEN last_at END, last_at, channel, identity_id, 1, 1,
       last_at, last_at
  FROM customer;
INSERT INTO discuss_channel (id, name, channel_type, uuid, active, last_interest_dt,
                             omnichannel_conversation_id, create_uid, write_uid, create_date,
                             write_date)
SELECT channel_id, name, 'omnichannel', left(md5(channel_id::text), 20), true, last_at, id, 1, 1,
       last_at, last_at
  FROM customer;
UPDATE omnichannel_conversation AS c SET channel_id = customer.channel_id
  FROM customer WHERE customer.id = c.id;
"""
# In the order in which they came: the messages of a thread lie far from each other, as they do.
MESSAGES = """
CREATE TEMP TABLE said AS
SELECT nextval('mail_message_id_seq') AS mail_id, *
  FROM (SELECT c.*, a.partner_id AS agent_partner_id, k = size AS is_last,
               last_at - (size - k) * interval '47 minutes' AS at,
               (size - k) % 2 = (waiting_for = 'customer')::int AS is_inbound
          FROM customer AS c
               CROSS JOIN LATERAL generate_series(1, size) AS k
               LEFT JOIN agent AS a USING (user_id)
         ORDER BY at) AS ordered;
INSERT INTO mail_message (id, model, res_id, message_type, subtype_id, author_id, body, date,
                          message_id, record_company_id, is_internal, create_uid, write_uid,
                          create_date, write_date)
SELECT mail_id, 'discuss.channel', channel_id, 'comment', subtype.res_id,
       CASE WHEN is_inbound THEN partner_id ELSE coalesce(agent_partner_id, 2) END,
       '<p>' || repeat(md5(mail_id::text) || ' ', 1 + mail_id::int % 6) || '</p>', at,
       '<' || mail_id || '@bench.example.com>', company_id, false, 1, 1, at, at
  FROM said, (SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_comment')
       AS subtype
 ORDER BY mail_id;
INSERT INTO omnichannel_message (mail_message_id, conversation_id, identity_id, account_id, channel,
                                 direction, origin, external_id, occurred_at, state, is_comment,
                                 is_automatic, is_recovered, create_uid, write_uid, create_date,
                                 write_date)
SELECT mail_id, id, identity_id, account_id, channel,
       CASE WHEN is_inbound THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN is_inbound THEN 'customer' ELSE 'agent' END, 'mid.' || mail_id, at,
       CASE WHEN is_inbound THEN 'received' ELSE 'read' END, false, false, false, 1, 1, at, at
  FROM said
 ORDER BY mail_id;
INSERT INTO omnichannel_delivery (message_id, conversation_id, account_id, identity_id, uuid, kind,
                                  position, state, external_id, attempts, attempted_at, sent_at,
                                  create_uid, write_uid, create_date, write_date)
SELECT id, conversation_id, account_id, identity_id, gen_random_uuid()::text, 'message', 0, 'read',
       external_id, 1, occurred_at, occurred_at, 1, 1, occurred_at, occurred_at
  FROM omnichannel_message
 WHERE direction = 'outbound';
"""
# Whom an open conversation is assigned to is a member, and has read all but the last message.
MEMBERS = """
INSERT INTO discuss_channel_member (channel_id, partner_id, seen_message_id, fetched_message_id,
                                    new_message_separator, last_interest_dt, create_uid, write_uid,
                                    create_date, write_date)
SELECT channel_id, agent_partner_id, before, before, coalesce(before + 1, 0), last_at, 1, 1,
       last_at, last_at
  FROM (SELECT channel_id, agent_partner_id, state, last_at, is_last,
               lag(mail_id) OVER (PARTITION BY channel_id ORDER BY mail_id) AS before
          FROM said) AS threads
 WHERE is_last AND state = 'open' AND agent_partner_id IS NOT NULL;
"""


def fill(database, conversations=0, messages=0):
    """Add so many conversations with so many messages to those that both databases have.

    The people of PEOPLE have to be there. Return {"conversations", "messages"}, counted.
    """
    values = {"page": PAGE, "long": LONG, "hot": HOT if conversations else LONG}
    values |= {"conversations": conversations, "messages": messages}
    connection = psycopg2.connect(dbname=database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(QUICKLY)
            cursor.execute(AGENTS + CHANCE)
            cursor.execute(OWN, values)
            if conversations:
                cursor.execute(OTHERS, values)
            for statement in (CUSTOMERS, CONVERSATIONS, MESSAGES, MEMBERS):
                cursor.execute(statement)
    finally:
        connection.close()
    databases.execute("VACUUM ANALYZE", database=database)
    query = """
        SELECT (SELECT count(*) FROM omnichannel_conversation),
               (SELECT count(*) FROM omnichannel_message)
    """
    ((conversation_count, message_count),) = databases.fetch(database, query)
    return {"conversations": conversation_count, "messages": message_count}
