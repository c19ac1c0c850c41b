/** File name under the store directory. */
export const REGISTRY_FILE = 'registry.db';

/** What operators decide and order: keys, pins, restarts; and what limits have counted. */
export const REGISTRY_MIGRATIONS = [
  `CREATE TABLE api_key (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, gateway TEXT NOT NULL, principal TEXT NOT NULL, hash TEXT NOT NULL,
     created_at_ms REAL NOT NULL, expires_at_ms REAL, revoked_at_ms REAL
   ) STRICT;
   CREATE TABLE pin (
     gateway TEXT NOT NULL, upstream TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
     version INTEGER NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (gateway, upstream, kind, name)
   ) STRICT;
   CREATE TABLE pin_event (
     gateway TEXT NOT NULL, upstream TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
     version INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (gateway, upstream, kind, name, version)
   ) STRICT;
   CREATE TRIGGER pin_event_is_not_edited BEFORE UPDATE ON pin_event
     BEGIN SELECT RAISE(ABORT, 'the history of a pin is never edited'); END;
   CREATE TRIGGER pin_event_is_not_removed BEFORE DELETE ON pin_event
     BEGIN SELECT RAISE(ABORT, 'the history of a pin is never removed'); END;
   CREATE TABLE charge (
     id INTEGER PRIMARY KEY, key TEXT NOT NULL, at_ms REAL NOT NULL, window_ms REAL NOT NULL, amount REAL NOT NULL,
     expires_at_ms REAL NOT NULL
   ) STRICT;
   CREATE INDEX charge_expires ON charge (expires_at_ms);
   CREATE INDEX charge_key ON charge (key, at_ms);`,
  // When a pin was first trusted, out of its history, since the last time the trust was taken away.
  `UPDATE pin SET body = json_set(body, '$.trustedSinceMs', (
     SELECT min(json_extract(e.body, '$.atMs')) FROM pin_event e
     WHERE e.gateway = pin.gateway AND e.upstream = pin.upstream AND e.kind = pin.kind AND e.name = pin.name
       AND json_extract(e.body, '$.event') IN ('pinned_first_use', 'approved')
       AND e.version > coalesce((
         SELECT max(r.version) FROM pin_event r
         WHERE r.gateway = pin.gateway AND r.upstream = pin.upstream AND r.kind = pin.kind AND r.name = pin.name
           AND json_extract(r.body, '$.event') = 'retired'), 0)));`,
  `CREATE TABLE restart_order (
     id INTEGER PRIMARY KEY, upstream TEXT NOT NULL, asked_by TEXT NOT NULL, asked_at_ms REAL NOT NULL,
     settled_at_ms REAL, error TEXT
   ) STRICT;`,
  // Keys of administrators, of the same form as those of agents and never among them; their gateway is empty.
  `CREATE TABLE admin_key (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, gateway TEXT NOT NULL CHECK (gateway = ''), principal TEXT NOT NULL,
     hash TEXT NOT NULL, created_at_ms REAL NOT NULL, expires_at_ms REAL, revoked_at_ms REAL
   ) STRICT;`,
] as const;
