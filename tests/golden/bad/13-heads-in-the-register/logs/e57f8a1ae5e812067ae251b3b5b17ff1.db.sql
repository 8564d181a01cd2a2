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
INSERT INTO entries VALUES (0, 'd272b59b1e49df7a6425501d8f416aa9270f9495593450bd90d7dabeba735062', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"e57f8a1ae5e812067ae251b3b5b17ff1","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'a511652f55d552e066efb17d134df1e5736b12240b5554b2825bae7da28a7b7d', 'session.close', CAST('{"blobs":[],"body":{"counts":{"session.open":1},"last":"d272b59b1e49df7a6425501d8f416aa9270f9495593450bd90d7dabeba735062","reason":"r"},"index":1,"log":"e57f8a1ae5e812067ae251b3b5b17ff1","prev":"d272b59b1e49df7a6425501d8f416aa9270f9495593450bd90d7dabeba735062","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/log/e57f8a1ae5e812067ae251b3b5b17ff1
1
bO3IlFOccc/7lmIAx6wfAsANpd+xoHbKEFD6vmuOyCc=

— livewitness/log/e57f8a1ae5e812067ae251b3b5b17ff1 1MD+fFZeY77BYV32i6W5rY5Wh/Wiq/D9LcwGJt+C9KEO2ULj/ka3AmP7fk6xe6l6tVxojIgk/RbqH9JfQMPr7qWsKA8=
' AS BLOB), X'6cedc894539c71cffb966200c7ac1f02c00da5dfb1a076ca1050fabe6b8ec827');
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/e57f8a1ae5e812067ae251b3b5b17ff1
2
Q9Cf6EXzkS4SbV11AjXMvBbTVHc/93kKN4kOmrRjli8=

— livewitness/log/e57f8a1ae5e812067ae251b3b5b17ff1 1MD+fEel3crABXMUO9horJvobb3Wyy5grFE2LyQYEFbdpUY9qp/QGSeeyVyKo0SvYD8fJVI3Okjc6a/RA5EOs34JKgs=
' AS BLOB), X'43d09fe845f3912e126d5d750235ccbc16d354773ff7790a37890e9ab463962f');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
