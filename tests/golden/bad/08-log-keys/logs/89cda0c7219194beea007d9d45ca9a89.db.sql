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
INSERT INTO entries VALUES (0, 'c4494ba56e64d8ab42bfa7f3d72bb080345db03db5c6f947a684b13ab84b68e9', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"89cda0c7219194beea007d9d45ca9a89","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'e8477066ac6abe683c7c1681a040a1ad12865a8207deb10b8656ed38a7748114', 'session.close', CAST('{"blobs":[],"body":{"counts":{"session.open":1},"last":"c4494ba56e64d8ab42bfa7f3d72bb080345db03db5c6f947a684b13ab84b68e9","reason":"r"},"index":1,"log":"89cda0c7219194beea007d9d45ca9a89","prev":"c4494ba56e64d8ab42bfa7f3d72bb080345db03db5c6f947a684b13ab84b68e9","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/log/89cda0c7219194beea007d9d45ca9a89
1
FrG5cj44tFO9svfuIaLIIcq+PyTZkoWFRy16QIYSRmo=

— livewitness/log/89cda0c7219194beea007d9d45ca9a89 imLU7bsI2NuAIPzn8iVzYfw5Tm4IhxYmeI9bw/xWpdY45SkYooSFjQiEKAmWMhk50I7s9q2C0cpnpY/4G1RduHHXPgY=
' AS BLOB), X'16b1b9723e38b453bdb2f7ee21a2c821cabe3f24d9928585472d7a408612466a');
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/89cda0c7219194beea007d9d45ca9a89
2
uk18GVVYNlY5ADLuGzN4s1mvDJ71kjvaIpXteIuO/SQ=

— livewitness/log/89cda0c7219194beea007d9d45ca9a89 imLU7cuyQkBPrdmRrU+rapI8+qq9EznO8IT+MikimJdvVyGesbEtjZJh3h3zzwuvgQIADvX2hAWdkshDuD1OBAE2VAg=
' AS BLOB), X'ba4d7c1955583656390032ee1b3378b359af0c9ef5923bda2295ed788b8efd24');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
