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
INSERT INTO entries VALUES (0, '96151b497d55beb2cfe4cea558e61249ddac1b998818eacde66a8be70869d32b', 'session.open', CAST('{"blobs":[],"body":{},"index":0,"log":"1ee98298f3e1fafad752e06d5920ec42","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '98cd1446f1cd2cc759c0a870f66bab038aad771495c9152447fcf9d107dfc03d', 'gap', CAST('{"blobs":[],"body":{"n": 1},"index":1,"log":"1ee98298f3e1fafad752e06d5920ec42","prev":"96151b497d55beb2cfe4cea558e61249ddac1b998818eacde66a8be70869d32b","time":{"mono":"1","wall":"1795314447000000000"},"type":"gap","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '00ccd0f987850a0a04696fbd2bbeb3b378596144b610e72a3b40f2dd5327babe', 'session.close', CAST('{"blobs":[],"body":{"counts":{"session.open":1},"last":"98cd1446f1cd2cc759c0a870f66bab038aad771495c9152447fcf9d107dfc03d","reason":"r"},"index":2,"log":"1ee98298f3e1fafad752e06d5920ec42","prev":"98cd1446f1cd2cc759c0a870f66bab038aad771495c9152447fcf9d107dfc03d","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/1ee98298f3e1fafad752e06d5920ec42
2
xVvxg0IfDOCks37wmorXyjYIXTpbGyJ0D7pv9dsHRuc=

— livewitness/log/1ee98298f3e1fafad752e06d5920ec42 ZEcI1V6SfNbfdAtoSrirjjGfhIt3xXYy5XfX+VcYr0WEJakjT80FAwCNpPQTtFGHBTpBohmOA5vLDHwb1zDbphrCGAU=
' AS BLOB), X'c55bf183421f0ce0a4b37ef09a8ad7ca36085d3a5b1b22740fba6ff5db0746e7');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/1ee98298f3e1fafad752e06d5920ec42
3
FVHqQmi1uykGy7eBOrAcH35mXL42DtQFB8ONtp6DufY=

— livewitness/log/1ee98298f3e1fafad752e06d5920ec42 ZEcI1V3f8CPnSa/NAHXRfaPZpUlTZkkVoRxKugIqJRYUXhn7kVrcMjRBqffrxjtzSMBuSeLTwUdtC9ISKIQjnUYbxwM=
' AS BLOB), X'c55bf183421f0ce0a4b37ef09a8ad7ca36085d3a5b1b22740fba6ff5db0746e74ffa055613d24cb62eab0fb1fe0e4918959c1e1bfaf0887570defc0191c42c0b');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
