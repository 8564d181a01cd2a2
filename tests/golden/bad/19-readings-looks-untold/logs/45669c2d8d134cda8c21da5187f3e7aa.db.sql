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
INSERT INTO entries VALUES (0, '806af05e6636df172e468a3d58c2ee3a5ae5ac108a605adab73d041c7ece7cac', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"45669c2d8d134cda8c21da5187f3e7aa","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '896d46861970a22c007ed50cb0c1144eab13e8efd148ff13d9eb416f0d5f20d4', 'readings', CAST('{"blobs":[],"body":{"not_looked":[{"entries":[4],"field":"stock-1"}],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"45669c2d8d134cda8c21da5187f3e7aa","prev":"806af05e6636df172e468a3d58c2ee3a5ae5ac108a605adab73d041c7ece7cac","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '6753081cd57eecfc07badedcd9dcee0790c25864933675e0cc624a15e8f2b120', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"896d46861970a22c007ed50cb0c1144eab13e8efd148ff13d9eb416f0d5f20d4","not_decoded":[],"not_decoded_count":0,"pictures_left":0,"read":2,"read_to":4,"reason":"complete","tally":{"looks":2,"not_looked":1,"pictures":2}},"index":2,"log":"45669c2d8d134cda8c21da5187f3e7aa","prev":"896d46861970a22c007ed50cb0c1144eab13e8efd148ff13d9eb416f0d5f20d4","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/45669c2d8d134cda8c21da5187f3e7aa
2
vXoe0E2Tzp5DkuMTtaO7spYvp9qpWUNZFCNxPqWvRy0=

— livewitness/log/45669c2d8d134cda8c21da5187f3e7aa KkJxrTdbxceRdE9owZYTSB3Fvlg5rTx/TxYBWrPbV2Q1JNCc6Cg9tobzE1Q2jWlIFl/WarW5/AxNCTLKdX2gF4/PmgE=
' AS BLOB), X'bd7a1ed04d93ce9e4392e313b5a3bbb2962fa7daa95943591423713ea5af472d');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/45669c2d8d134cda8c21da5187f3e7aa
3
gocFObMUenh2KOwv0OnZY/LbBz+0JtZBkGq/f5lmMGE=

— livewitness/log/45669c2d8d134cda8c21da5187f3e7aa KkJxrR73+T+fgCBrvDWxZ9o9x43IxaDVpB31gLfzGXq8cvgNcAXqzaBmDifKMMI1qv4WTzxrXs+Sq9brV+Irhtt8rQM=
' AS BLOB), X'bd7a1ed04d93ce9e4392e313b5a3bbb2962fa7daa95943591423713ea5af472d2a0b55b25300666d4248fef5d0b10d2a4d66eae2898fd5cc5d5cdd7ba3794f8e');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
