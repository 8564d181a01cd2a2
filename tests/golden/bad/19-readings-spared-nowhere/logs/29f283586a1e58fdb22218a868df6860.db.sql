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
INSERT INTO entries VALUES (0, '88e22d1267cf0911f57d54790d3fe83d4b9ca13053641264c5e0d3bc8f705cf6', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"29f283586a1e58fdb22218a868df6860","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '68388e6c97aa5ef4600c1d58fe25e24a6755df74ff7770c50808fae945f5250f', 'readings', CAST('{"blobs":[],"body":{"not_looked":[{"entries":[99],"field":"stock-1"}],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"29f283586a1e58fdb22218a868df6860","prev":"88e22d1267cf0911f57d54790d3fe83d4b9ca13053641264c5e0d3bc8f705cf6","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '4c26c9fbb3fd11574e264559f9485da6bc584f41376e87f91d15f19e1ef60df7', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"68388e6c97aa5ef4600c1d58fe25e24a6755df74ff7770c50808fae945f5250f","reason":"r"},"index":2,"log":"29f283586a1e58fdb22218a868df6860","prev":"68388e6c97aa5ef4600c1d58fe25e24a6755df74ff7770c50808fae945f5250f","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/29f283586a1e58fdb22218a868df6860
2
0KZjkxqnrs0TPra6he5GNkNz2o4nlWMYxJdLvz6AZHQ=

— livewitness/log/29f283586a1e58fdb22218a868df6860 xeWGi4DqM8MY+nLVuvCX1cpsEnmvJfmtL0cntepmhLqVt09yPLBtexfj8jduaH52pxfJMLC4YMaCb6d0nNFMVxEiPw0=
' AS BLOB), X'd0a663931aa7aecd133eb6ba85ee46364373da8e27956318c4974bbf3e806474');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/29f283586a1e58fdb22218a868df6860
3
hZ/p6TfIgnKvNpi9JuHm3P3sfod9eG+Mt+flx44XOkY=

— livewitness/log/29f283586a1e58fdb22218a868df6860 xeWGi69zT4eJYFGvOH/75ZhmcAJORcWiwDLluig39g7Dcn+XkvZw0KyMsBg1HhZn16QQmwOt72yqU3wt5VyOdV/p2AI=
' AS BLOB), X'd0a663931aa7aecd133eb6ba85ee46364373da8e27956318c4974bbf3e80647499de983f6372ac8b0ed97505374541e929f2b0d4ffe10ffd7b48060920cfda48');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
