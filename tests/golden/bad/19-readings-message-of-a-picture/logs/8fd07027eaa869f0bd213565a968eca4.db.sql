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
INSERT INTO entries VALUES (0, '7795d8dc1a16781d585671b25df66c5bbec21f03654e7b6a505f73f1f8fc431d', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb","source":"messages"},"index":0,"log":"8fd07027eaa869f0bd213565a968eca4","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'e27b5c4cffc80c044826e349478410dbd7bdf661c4388e595324905bf28bd270', 'messages', CAST('{"blobs":[],"body":{"messages":[{"at":[0,1],"entry":1,"entry_id":"18da6d8e3930f6c281afb99a09c5e61a52e4de4dc3abb36184dff5286ad4b916","kind":"chat","method":"Chat","piece":1}]},"index":1,"log":"8fd07027eaa869f0bd213565a968eca4","prev":"7795d8dc1a16781d585671b25df66c5bbec21f03654e7b6a505f73f1f8fc431d","time":{"mono":"1","wall":"1795314447000000000"},"type":"messages","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '17c2f5193ef8137bad51013dd01efbf2b43f3ca665cba854b51bac836a6a0d00', 'session.close', CAST('{"blobs":[],"body":{"counts":{"messages":1,"session.open":1},"last":"e27b5c4cffc80c044826e349478410dbd7bdf661c4388e595324905bf28bd270","reason":"r"},"index":2,"log":"8fd07027eaa869f0bd213565a968eca4","prev":"e27b5c4cffc80c044826e349478410dbd7bdf661c4388e595324905bf28bd270","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/8fd07027eaa869f0bd213565a968eca4
2
CLxp7rJiM+aiw8Mh1YFdjMvU7VawlGXhSdG99rftgFo=

— livewitness/log/8fd07027eaa869f0bd213565a968eca4 zXxQQ3WtZqhFVH6abgbhzws8EArmqYLrrXw7ZxbMe79+oha3mRw97s6pwXDpV/a2ixqLqB/RMp2JPHonCDBib6+b6go=
' AS BLOB), X'08bc69eeb26233e6a2c3c321d5815d8ccbd4ed56b09465e149d1bdf6b7ed805a');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/8fd07027eaa869f0bd213565a968eca4
3
y3liWa7ZL87AHk1CyapIICjfUYmFD9ECTsaACNHUhMg=

— livewitness/log/8fd07027eaa869f0bd213565a968eca4 zXxQQ1CVj+t0Do1toXfK0eJYIgejCMZ6TU/0ItO98jQ+0MiKE1ZL0NacWY6Ta/3DWzRaRd2iJQ2Q9kxYle4+2eFC6gY=
' AS BLOB), X'08bc69eeb26233e6a2c3c321d5815d8ccbd4ed56b09465e149d1bdf6b7ed805a6e83820956879a97d8302c28f2546cb58fcfe4e743924bbf5d09738cfbfd0dcc');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
