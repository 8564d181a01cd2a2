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
INSERT INTO entries VALUES (0, '1fbcae6fce3e20811aaea89a04208f272d752e0aa5d4fb1db5f39cc4ff25f901', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"2393d1ee86403a8cbf771a611147112e","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'd888b7f7ad1cd25eb744f2789ba2869bf6ae10091c817e083978e3b8bc6825e2', 'readings', CAST('{"blobs":[],"body":{"not_looked":[{"entries":[4],"field":"stock-1"}],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"2393d1ee86403a8cbf771a611147112e","prev":"1fbcae6fce3e20811aaea89a04208f272d752e0aa5d4fb1db5f39cc4ff25f901","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '372e25f139b018403e5cf92a78c6e64c2cac49363e4d69912170726f0383da71', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"d888b7f7ad1cd25eb744f2789ba2869bf6ae10091c817e083978e3b8bc6825e2","not_decoded":[],"not_decoded_count":0,"pictures_left":0,"read":3,"read_to":4,"reason":"complete","tally":{"looks":1,"not_looked":1,"pictures":2}},"index":2,"log":"2393d1ee86403a8cbf771a611147112e","prev":"d888b7f7ad1cd25eb744f2789ba2869bf6ae10091c817e083978e3b8bc6825e2","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/2393d1ee86403a8cbf771a611147112e
2
/Tq1NMyEkWZ/nvcE9gBOgtCgQxbJ+z1s4eQ6WyB2woc=

— livewitness/log/2393d1ee86403a8cbf771a611147112e FeR+9xQOVzzRRV8Z//+vfwxiPFdgmf8xvAs5auqVguOtnVGWT8N3+4DtCFtmFDCXIWYU12tDQPmmx0EW9NoPHFQKXQU=
' AS BLOB), X'fd3ab534cc8491667f9ef704f6004e82d0a04316c9fb3d6ce1e43a5b2076c287');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/2393d1ee86403a8cbf771a611147112e
3
Ws0kOI3PNxQzpEi5i+6NBt8FBhxMOOaEDDxDHpIYBN0=

— livewitness/log/2393d1ee86403a8cbf771a611147112e FeR+96v6d4Ffg05sEWXbuNIx8it7v/dtlvioFHyM6OYGsd4aXHl9PEZ/2eDl1432QQy7SCRkwoIi1IGF+XKZUDN3/AM=
' AS BLOB), X'fd3ab534cc8491667f9ef704f6004e82d0a04316c9fb3d6ce1e43a5b2076c287b958f4be81f72541070cce00d84c8878cb7d80cd2b69888ebcf4de8a91ce0640');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
