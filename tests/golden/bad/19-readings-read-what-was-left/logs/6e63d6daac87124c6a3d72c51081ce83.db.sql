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
INSERT INTO entries VALUES (0, '065763547a8d382a0a187f8b84a0a25b891dfee43cdeef92460d0cb088b12e69', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"6e63d6daac87124c6a3d72c51081ce83","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '145f04754f7d6fbd372c044b2a6efb9d264a1de35b01e141cb215e8593858c13', 'readings', CAST('{"blobs":[],"body":{"not_looked":[{"entries":[4],"field":"stock-1"}],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"6e63d6daac87124c6a3d72c51081ce83","prev":"065763547a8d382a0a187f8b84a0a25b891dfee43cdeef92460d0cb088b12e69","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '856570b0fc9bc50b6a698f0d13177290ad47a30f745c314c706afb9d7fc15efe', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"145f04754f7d6fbd372c044b2a6efb9d264a1de35b01e141cb215e8593858c13","not_decoded":[],"not_decoded_count":0,"pictures_left":1,"read":1,"read_to":1,"reason":"complete","tally":{"looks":1,"not_looked":1,"pictures":1}},"index":2,"log":"6e63d6daac87124c6a3d72c51081ce83","prev":"145f04754f7d6fbd372c044b2a6efb9d264a1de35b01e141cb215e8593858c13","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/6e63d6daac87124c6a3d72c51081ce83
2
sZWS1FJHFYDaRnesma9uyY5AGbgJr5VyHQnzIFyZ7GQ=

— livewitness/log/6e63d6daac87124c6a3d72c51081ce83 8v8igopylWE0IfRZqlCplHxJoRseKKAnqvF5GRPv3PrefiOYt+F7ViKF0u5sTFSVC672oiwv7BF2CDPl7vqIQtaTggE=
' AS BLOB), X'b19592d452471580da4677ac99af6ec98e4019b809af95721d09f3205c99ec64');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/6e63d6daac87124c6a3d72c51081ce83
3
k7UKt23JyNCpyVEOAgGysJgTNL25/7eLf0Kqf8R+Tn8=

— livewitness/log/6e63d6daac87124c6a3d72c51081ce83 8v8igiGLBI/0yrzogwsXZmhSaYUSvgz8KPz5zDKVF3O1QwFT3tYbWEAXRgAhBbpG4bNXPCmyhnAyqpSXT9rSnhA8uQA=
' AS BLOB), X'b19592d452471580da4677ac99af6ec98e4019b809af95721d09f3205c99ec6420bf1952cb2bed033d0d956af01a4462a88e49a5d0caba8660a3e6f8edba3373');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
