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
INSERT INTO entries VALUES (0, 'd1fa1e66d2ac3f61cab9742193003be93486d6943e9c1d2a3503aa124ee5248d', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb","source":"messages"},"index":0,"log":"0c2816f61f8088bf29a21cd4e9b3d52c","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'f34f0c97e0673c5a4ed61b62b338720179837fdf0f5bcfe79b9a37e24c223729', 'messages', CAST('{"blobs":[],"body":{"messages":[{"at":[0,1],"entry":99,"entry_id":"0000000000000000000000000000000000000000000000000000000000000000","kind":"chat","method":"Chat","piece":1}]},"index":1,"log":"0c2816f61f8088bf29a21cd4e9b3d52c","prev":"d1fa1e66d2ac3f61cab9742193003be93486d6943e9c1d2a3503aa124ee5248d","time":{"mono":"1","wall":"1795314447000000000"},"type":"messages","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '057b36c1aec2f285bf627759ef53934d1f4c45703a4a259a0bc9ef107f13bc10', 'session.close', CAST('{"blobs":[],"body":{"counts":{"messages":1,"session.open":1},"last":"f34f0c97e0673c5a4ed61b62b338720179837fdf0f5bcfe79b9a37e24c223729","reason":"r"},"index":2,"log":"0c2816f61f8088bf29a21cd4e9b3d52c","prev":"f34f0c97e0673c5a4ed61b62b338720179837fdf0f5bcfe79b9a37e24c223729","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/0c2816f61f8088bf29a21cd4e9b3d52c
2
ihL+ZKZX4pkxPT/gOTSLbSxCzFmHFBFRKIlE+8NH7AQ=

— livewitness/log/0c2816f61f8088bf29a21cd4e9b3d52c cvB57L25KfiA/+S9mpceUehSCrxqtUZObhKTJdszzQl3vLQPXet7lebx4oQZR+ue4tE8ElCvyfWBWbl4DNjr8VJANgU=
' AS BLOB), X'8a12fe64a657e299313d3fe039348b6d2c42cc5987141151288944fbc347ec04');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/0c2816f61f8088bf29a21cd4e9b3d52c
3
6HziL57kuLhWAO92DMcW+VVZ5CLQhLxHykmWPH+uaOY=

— livewitness/log/0c2816f61f8088bf29a21cd4e9b3d52c cvB57JwL1L3TyxAxiiU1ohrF8cGUsG3+gLm+AS6Q7NNqOV0C0IAcR24J4G1BKI2oa+MG1fe32kYQZuHAo5BCkTyzdQ8=
' AS BLOB), X'8a12fe64a657e299313d3fe039348b6d2c42cc5987141151288944fbc347ec040fef65dd7997eaa5448d19371d1341e299b68f0609de06fab81568ac12d55af2');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
