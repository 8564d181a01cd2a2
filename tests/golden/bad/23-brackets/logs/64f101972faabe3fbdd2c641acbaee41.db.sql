PRAGMA application_id = 1280791380;
PRAGMA user_version = 1;
CREATE TABLE checkpoints (
size INTEGER NOT NULL,
note BLOB NOT NULL,
frontier BLOB NOT NULL,
PRIMARY KEY (size)
)
 STRICT;
CREATE TABLE entries (
idx INTEGER NOT NULL,
id TEXT NOT NULL,
type TEXT NOT NULL,
raw BLOB NOT NULL,
PRIMARY KEY (idx),
CONSTRAINT entry_limit CHECK (length(raw) <= 65535)
)
 STRICT;
CREATE TABLE leases (
epoch INTEGER NOT NULL,
holder TEXT NOT NULL,
pid INTEGER NOT NULL,
boot_id TEXT NOT NULL,
wall TEXT NOT NULL,
PRIMARY KEY (epoch)
)
 STRICT;
INSERT INTO entries VALUES (0, 'ece1146ddebfc4464dfa0ac559ab6442c11bf9339787d54b127a5dff5765abf4', 'session.open', CAST('{"blobs":[],"body":{"after":"ffe89f314d2e1363430cd628a776235f4e4b1934bd66183c4b59784a21050843"},"index":0,"log":"64f101972faabe3fbdd2c641acbaee41","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795227987627000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/log/64f101972faabe3fbdd2c641acbaee41
1
pJRLecnvQGfBWwwABO2+QjFTOj3mEdsesQqgkqCgiBA=

— livewitness/log/64f101972faabe3fbdd2c641acbaee41 gpC4zzprgfJnjQjMhJfzjA5aEv04ESvfJPVvqnhXSc+0TFnhFToHP9Y8q44Zo8/xRoDNMBTKuQZ38L0SJKd/fhY2oQQ=
' AS BLOB), X'a4944b79c9ef4067c15b0c0004edbe4231533a3de611db1eb10aa092a0a08810');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
