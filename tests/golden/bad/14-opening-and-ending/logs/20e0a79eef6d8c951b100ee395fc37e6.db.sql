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
INSERT INTO entries VALUES (0, 'bdfe417c5a57d9d7c9eaf1fa3401984ef14c5c262c00e4ac72409b1991691ef6', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"20e0a79eef6d8c951b100ee395fc37e6","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'a3e6681d0d1b8945e921173eb227aafb308a8e83b1d731d3f5e98a8b4a4683f4', 'gap', CAST('{"blobs":[],"body":{},"index":1,"log":"20e0a79eef6d8c951b100ee395fc37e6","prev":"bdfe417c5a57d9d7c9eaf1fa3401984ef14c5c262c00e4ac72409b1991691ef6","time":{"mono":"1","wall":"1795314447000000000"},"type":"gap","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '1dc408641d0cb1415ae8550806fcfc9d825630e85dfc5886efc1033329cbf768', 'session.close', CAST('{"blobs":[],"body":{"counts":{"gap":9,"session.open":1},"last":"a3e6681d0d1b8945e921173eb227aafb308a8e83b1d731d3f5e98a8b4a4683f4","reason":"r"},"index":2,"log":"20e0a79eef6d8c951b100ee395fc37e6","prev":"a3e6681d0d1b8945e921173eb227aafb308a8e83b1d731d3f5e98a8b4a4683f4","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/20e0a79eef6d8c951b100ee395fc37e6
2
RS4izLWxoSBV/fe5jCRQin2EwKwhUKcdwPMBZdY626U=

— livewitness/log/20e0a79eef6d8c951b100ee395fc37e6 C5dJTq0yPghY3FTS3jGYMsm+dZONVVK2B/H2WmvW8SVpN+40C1gqbmrt8lIM/1FvicXQ3Ifzo8e0HkUXIlpp+BQ2yw0=
' AS BLOB), X'452e22ccb5b1a12055fdf7b98c24508a7d84c0ac2150a71dc0f30165d63adba5');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/20e0a79eef6d8c951b100ee395fc37e6
3
9JbrV7dSJowovFYE0SLxOdrNlse/WRFG1t2nEnD47go=

— livewitness/log/20e0a79eef6d8c951b100ee395fc37e6 C5dJTn05CCM8lk/b+U0mXIkfMx5NS7yrcBKSnt46aE32FF5qZucj2hHOs6ehtxHXSAenfcqzLwj9DA2QPKvNQCbZXQ0=
' AS BLOB), X'452e22ccb5b1a12055fdf7b98c24508a7d84c0ac2150a71dc0f30165d63adba57630928dc2f8e0c5d6d9345024aeb7961baa15d72918d264a7f5a16902832990');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
