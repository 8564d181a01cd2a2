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
INSERT INTO entries VALUES (0, '04fc9ac7ef9e71f2b8bf546d9f5d4d7ea84bc42fded426af07ae928fd8943b3b', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"d161a1ed8ad40a3cb6ddc203f8b2ce89","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '5f06241647d2234075d34f1acb2b858bb879ef6c0b0a7c8119c8046c27ba094a', 'chat', CAST('{"blobs":[{"blake3":"c07457693bc14dcb75ed9244a2faaf79020da034a8ffdfda3d78f5f984f945c0","parts":{"count":2,"root":"0000000000000000000000000000000000000000000000000000000000000000"},"role":"frames","sha256":"e15f6290fcd7b3fe8b74dc75d3898f60afe6542985204fdcc8c6a9fc0426d46d","size":94,"type":"application/octet-stream"}],"body":{},"index":1,"log":"d161a1ed8ad40a3cb6ddc203f8b2ce89","prev":"04fc9ac7ef9e71f2b8bf546d9f5d4d7ea84bc42fded426af07ae928fd8943b3b","time":{"mono":"1","wall":"1795314447000000000"},"type":"chat","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '1e335e795582e0ead5ffae781e1542c75eb6d44c08184f28d680a084eaa3c7be', 'session.close', CAST('{"blobs":[],"body":{"counts":{"chat":1,"session.open":1},"last":"5f06241647d2234075d34f1acb2b858bb879ef6c0b0a7c8119c8046c27ba094a","reason":"r"},"index":2,"log":"d161a1ed8ad40a3cb6ddc203f8b2ce89","prev":"5f06241647d2234075d34f1acb2b858bb879ef6c0b0a7c8119c8046c27ba094a","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/d161a1ed8ad40a3cb6ddc203f8b2ce89
2
NjEJPbFTQ/SSVOS58AytQOnyWmNacDYh/nLIOPRqAU0=

— livewitness/log/d161a1ed8ad40a3cb6ddc203f8b2ce89 nUrNpzMT3YfTobj9fHI3Ofz0vEMosqkkAr8LILh9b3gLE5ewcVFYj8bpScPn+Ij6cCJ7ZiuvuE9Z1SqWf/dF3IqfQwI=
' AS BLOB), X'3631093db15343f49254e4b9f00cad40e9f25a635a703621fe72c838f46a014d');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/d161a1ed8ad40a3cb6ddc203f8b2ce89
3
iYKSTCmVeU1MEvpgRAyqrGuyPEygc2fgcQkEtCa+2ew=

— livewitness/log/d161a1ed8ad40a3cb6ddc203f8b2ce89 nUrNpwQ84tRsB4U5YVjvSR1uzTCaRsnNuAfomdp9xPq7LY2z9uF9XBSmhvav1Z6eosVJbVXBWTyR58TyfCNDUkKq6wA=
' AS BLOB), X'3631093db15343f49254e4b9f00cad40e9f25a635a703621fe72c838f46a014d0dac621bc30d64877512c21793aa853e9b3b4527bb590d941c9bd5555298a48b');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
