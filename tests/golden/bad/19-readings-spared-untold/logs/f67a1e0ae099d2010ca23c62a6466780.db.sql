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
INSERT INTO entries VALUES (0, 'aabde0ef94d87732c2786d9550a36fd9fa22848c53ade7d3af7d6cb31eec6cc6', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"f67a1e0ae099d2010ca23c62a6466780","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'bfb2d0a96be47a8e028f5a1b660702de277e9caf4321db5871f17b84da40603c', 'readings', CAST('{"blobs":[],"body":{"not_looked":[{"entries":[4],"field":"stock-1"}],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"f67a1e0ae099d2010ca23c62a6466780","prev":"aabde0ef94d87732c2786d9550a36fd9fa22848c53ade7d3af7d6cb31eec6cc6","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '479de7168a19abeb016cbf86cd53a3b944724bd386dbb229e840cb42d87af8cb', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"bfb2d0a96be47a8e028f5a1b660702de277e9caf4321db5871f17b84da40603c","not_decoded":[],"not_decoded_count":0,"pictures_left":0,"read":2,"read_to":4,"reason":"complete","tally":{"looks":1,"not_looked":3,"pictures":2}},"index":2,"log":"f67a1e0ae099d2010ca23c62a6466780","prev":"bfb2d0a96be47a8e028f5a1b660702de277e9caf4321db5871f17b84da40603c","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/f67a1e0ae099d2010ca23c62a6466780
2
87aRCtX0eSspzsOkvxkykzXThFERAJ4SDrfN1rEpkVU=

— livewitness/log/f67a1e0ae099d2010ca23c62a6466780 W6qQZnJ9vPVgSH7FysgDRq5hcFVHbWWUI58aOLOVz2OxTOCMt98HdFu0PjrHB0hbbaQ/YSrL5ENFAmKWZJGsoIPTwgg=
' AS BLOB), X'f3b6910ad5f4792b29cec3a4bf19329335d3845111009e120eb7cdd6b1299155');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/f67a1e0ae099d2010ca23c62a6466780
3
S/H76neQucXEk5RRuo14vGIQfn/DJcRuS/1Dnn1O7UY=

— livewitness/log/f67a1e0ae099d2010ca23c62a6466780 W6qQZo9s6zIPweH4m07d36PgL/7KXCefz2AxpYNjSagY6NyTU0MDFCom5EipPNP2O6UVFO+NJSSRovrG/iVJzBXCqQI=
' AS BLOB), X'f3b6910ad5f4792b29cec3a4bf19329335d3845111009e120eb7cdd6b12991558ac97389e14c94c87f341fc22795b39459ea595423d1f430998dace0672c0554');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
