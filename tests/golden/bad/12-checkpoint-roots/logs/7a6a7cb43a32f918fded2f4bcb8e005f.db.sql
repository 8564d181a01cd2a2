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
INSERT INTO entries VALUES (0, 'aa774f60b98e4bed5f659207b0f1497cc640ea998e0b07e21b3f0c8c4a8ba58c', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"7a6a7cb43a32f918fded2f4bcb8e005f","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '97a2fae5fa78002a1a65f7a4792eb632ecf41ff64328a06519e217f618a533c7', 'gap', CAST('{"blobs":[],"body":{},"index":1,"log":"7a6a7cb43a32f918fded2f4bcb8e005f","prev":"aa774f60b98e4bed5f659207b0f1497cc640ea998e0b07e21b3f0c8c4a8ba58c","time":{"mono":"1","wall":"1795314447000000000"},"type":"gap","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '4ce6f24ee6e367cace748b26eb43f12c37ef9f4ce9c0649dd76d967b822cdc0b', 'session.close', CAST('{"blobs":[],"body":{"counts":{"gap":1,"session.open":1},"last":"97a2fae5fa78002a1a65f7a4792eb632ecf41ff64328a06519e217f618a533c7","reason":"r"},"index":2,"log":"7a6a7cb43a32f918fded2f4bcb8e005f","prev":"97a2fae5fa78002a1a65f7a4792eb632ecf41ff64328a06519e217f618a533c7","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/7a6a7cb43a32f918fded2f4bcb8e005f
2
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— livewitness/log/7a6a7cb43a32f918fded2f4bcb8e005f jB6BGKca7B2jUowngrFzVGfOBtBmBLSGL+VWyj9RDQOEh4Ghw7I6ZjdYZXtVnHrQTKZWAUtG2UssPoNP3Su0MssIzgc=
' AS BLOB), X'881e3e17049016aa86f33de471693059bf3d2492ac039186fac6d462f7366313');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/7a6a7cb43a32f918fded2f4bcb8e005f
3
48NxVjoQgXnxEfNRJKjrjHV353vtaLoDl0sxTlEkQMU=

— livewitness/log/7a6a7cb43a32f918fded2f4bcb8e005f jB6BGPKlqUTjA7RXZolT8BbUUre3UGMaJsKyF1URqQu69LSTrij2wJksHgNQScNPVumqg6Cr+xkoKLBq/pEGqrSYvA0=
' AS BLOB), X'881e3e17049016aa86f33de471693059bf3d2492ac039186fac6d462f7366313a5928681bff7d97dcdfdbe845806bd5826c83e5628bf7a6315c52537d0e3028d');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
