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
INSERT INTO entries VALUES (0, 'd6d21c55d78360a3fba194554b0f712f64d24661f08e02eac729a173f0faad41', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"ea9485bd8b5d38a197d8db2631733b01","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'eab02e4e922615c82526c7688df809aa266ce8c1ac0180c53ad5f5d53cbf9947', 'readings', CAST('{"blobs":[],"body":{"readings":[{"entry":99}]},"index":1,"log":"ea9485bd8b5d38a197d8db2631733b01","prev":"d6d21c55d78360a3fba194554b0f712f64d24661f08e02eac729a173f0faad41","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, 'bc15b55d583c7a22cd2ed89888d637f062103c5b9e66b31e9d8f891220c18953', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"eab02e4e922615c82526c7688df809aa266ce8c1ac0180c53ad5f5d53cbf9947","reason":"r"},"index":2,"log":"ea9485bd8b5d38a197d8db2631733b01","prev":"eab02e4e922615c82526c7688df809aa266ce8c1ac0180c53ad5f5d53cbf9947","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/ea9485bd8b5d38a197d8db2631733b01
2
794CsxN9FBCSs5VYsV/xdpvK6sI4vX1XgY+tJjTGkt8=

— livewitness/log/ea9485bd8b5d38a197d8db2631733b01 J2gj6TNp0alMTJl2z13Ue06+/xJ8nrdas+rHNqWunqgwvAqn/BzsXB7bBqNpvl+amsMzTdiq/IHcQdCvQBTcsfd0/w8=
' AS BLOB), X'efde02b3137d141092b39558b15ff1769bcaeac238bd7d57818fad2634c692df');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/ea9485bd8b5d38a197d8db2631733b01
3
xKtlO6g0iMLvJYnygFnJvH5MMD/wKbCXDU091kYdT9s=

— livewitness/log/ea9485bd8b5d38a197d8db2631733b01 J2gj6VvrxjjopAb41VQndNWwSy6NFpBYQ0z2xDkIsseqEurIgqW6ZuMSNjV/B1jZosLujyi/iTI0p9F6cYBVPi/qmgE=
' AS BLOB), X'efde02b3137d141092b39558b15ff1769bcaeac238bd7d57818fad2634c692df94719b163319597dcda6b4cb18c2c1d37ebc5ecda9603b96b576edc2b097af03');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
