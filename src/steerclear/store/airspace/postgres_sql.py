"""The statements on the shared database: plain joins on B-trees, many rows at a time as arrays, column by column.

Integers are sent as BIGINT, whatever the column; a join on arrays looks each of their rows up in an index.
"""

from __future__ import annotations

from typing import Final

LOCK: Final = "SELECT pg_advisory_lock(%s)"
UNLOCK: Final = "SELECT pg_advisory_unlock(%s)"

GET: Final = "SELECT body, counter, spots FROM steerclear_entities WHERE kind=%b AND id=%b"
GET_ALL: Final = """
SELECT e.kind, e.id, e.body, e.counter, e.spots
FROM (SELECT DISTINCT u.kind::smallint AS kind, u.id FROM unnest(%b::bigint[], %b::bytea[]) AS u(kind, id)) AS s
JOIN steerclear_entities AS e ON e.kind=s.kind AND e.id=s.id
"""
# The ids first, once each: a join would read an entity for each of its places. Materialised by DISTINCT.
FOUND: Final = """
SELECT e.id, e.body, e.counter FROM (
  SELECT DISTINCT p.id FROM steerclear_places AS p
  WHERE p.kind=%b AND p.key=ANY(%b) AND p.ends>=%b AND p.begins<=%b AND p.upper>=%b AND p.lower<=%b) AS f
JOIN steerclear_entities AS e ON e.kind=%b AND e.id=f.id
LIMIT %b
"""
FOUND_ALL: Final = """
SELECT f.number, e.id, e.body, e.counter FROM (
  SELECT DISTINCT s.number, p.kind, p.id
  FROM (SELECT u.number, u.kind::smallint AS kind, u.key, u.since, u.until, u.low, u.high
        FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
          AS u(number, kind, key, since, until, low, high)) AS s
  JOIN steerclear_places AS p ON p.kind=s.kind AND p.key=s.key AND p.ends>=s.since
  WHERE p.begins<=s.until AND p.upper>=s.low AND p.lower<=s.high) AS f
JOIN steerclear_entities AS e ON e.kind=f.kind AND e.id=f.id
LIMIT %b
"""
PUT_ALL: Final = """
INSERT INTO steerclear_entities(kind, id, manager, link, ends, counter, spots, body)
SELECT u.kind::smallint, u.id, u.manager, u.link, u.ends, u.counter, u.spots, u.body
FROM unnest(%b::bigint[], %b::bytea[], %b::text[], %b::bytea[], %b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[])
  AS u(kind, id, manager, link, ends, counter, spots, body)
ON CONFLICT(kind, id) DO UPDATE SET manager=excluded.manager, link=excluded.link, ends=excluded.ends,
  counter=excluded.counter, spots=excluded.spots, body=excluded.body
"""
PUT_IN_PLACE: Final = """
UPDATE steerclear_entities SET manager=%b, link=%b, ends=%b, counter=%b, body=%b WHERE kind=%b AND id=%b
"""
PLACE_ALL: Final = """
INSERT INTO steerclear_places(kind, id, key, ends, part, begins, lower, upper)
SELECT u.kind::smallint, u.id, u.key, u.ends, u.part::int, u.begins, u.lower, u.upper
FROM unnest(%b::bigint[], %b::bytea[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
            %b::bigint[])
  AS u(kind, id, key, ends, part, begins, lower, upper)
"""
LIFT_ALL: Final = """
DELETE FROM steerclear_places AS p
USING unnest(%b::bigint[], %b::bytea[], %b::bigint[], %b::bigint[], %b::bigint[]) AS u(kind, id, key, ends, part)
WHERE p.kind=u.kind::smallint AND p.id=u.id AND p.key=u.key AND p.ends=u.ends AND p.part=u.part::int
"""
REMOVE_ALL: Final = """
DELETE FROM steerclear_entities AS e USING unnest(%b::bigint[], %b::bytea[]) AS u(kind, id)
WHERE e.kind=u.kind::smallint AND e.id=u.id
"""
COUNT_UP_ALL: Final = """
UPDATE steerclear_entities AS e SET counter=e.counter+u.counted FROM unnest(%b::bytea[], %b::bigint[]) AS u(id, counted)
WHERE e.kind=3 AND e.id=u.id
"""
DECLARED: Final = "SELECT uss, state, version FROM steerclear_availability"
DECLARE: Final = """
INSERT INTO steerclear_availability(uss, state, version) VALUES(%b, %b, %b)
ON CONFLICT(uss) DO UPDATE SET state=excluded.state, version=excluded.version
"""
REPORT: Final = "INSERT INTO steerclear_reports(id, reporter, received_s, content) VALUES(%b, %b, %b, %b)"
BEAT: Final = """
INSERT INTO steerclear_heartbeats(instance, endpoint, reporter, source, at_s, next_before_s)
VALUES(%b, %b, %b, %b, %b, %b)
ON CONFLICT(instance) DO UPDATE SET endpoint=excluded.endpoint, reporter=excluded.reporter, source=excluded.source,
  at_s=excluded.at_s, next_before_s=excluded.next_before_s
"""
DEPENDENTS: Final = "SELECT id FROM steerclear_entities WHERE link=%b ORDER BY id"
AVAILABILITY: Final = "SELECT uss, state, version FROM steerclear_availability WHERE uss=%b"
REPORTS: Final = """
SELECT id, reporter, received_s, content FROM steerclear_reports ORDER BY received_s DESC, id LIMIT %b
"""
HEARTBEATS: Final = """
SELECT instance, endpoint, reporter, source, at_s, next_before_s FROM steerclear_heartbeats ORDER BY instance
"""
POOL_ID: Final = "SELECT id FROM steerclear_pool"
COUNT: Final = "SELECT count(*) FROM steerclear_entities WHERE kind=%b"
COUNT_OF_MANAGER: Final = "SELECT count(*) FROM steerclear_entities WHERE kind=%b AND manager=%b"
ENDED: Final = "SELECT kind, id FROM steerclear_entities WHERE ends<%b ORDER BY ends, id LIMIT %b"
