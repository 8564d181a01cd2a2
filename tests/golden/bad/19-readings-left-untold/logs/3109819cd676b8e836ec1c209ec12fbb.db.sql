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
INSERT INTO entries VALUES (0, 'e245ed8f38ec99462b223d123a4ca56e5956c96851355e9f2bbe37065dc401a4', 'session.open', CAST('{"blobs":[],"body":{"reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"3109819cd676b8e836ec1c209ec12fbb","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '3b7b9a6b7356542cb3e74dca55482dedccc75ba4e8ae73686298b8f69192170d', 'readings', CAST('{"blobs":[],"body":{"not_looked":[],"readings":[{"entry":1,"field":"stock-1"}]},"index":1,"log":"3109819cd676b8e836ec1c209ec12fbb","prev":"e245ed8f38ec99462b223d123a4ca56e5956c96851355e9f2bbe37065dc401a4","time":{"mono":"1","wall":"1795314447000000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '9899384584dfd99ff92600ee2cd05bc60ffefbd6186194ece9039d879a8467e4', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"3b7b9a6b7356542cb3e74dca55482dedccc75ba4e8ae73686298b8f69192170d","not_decoded":[],"not_decoded_count":0,"pictures_left":0,"read":1,"read_to":1,"reason":"complete","tally":{"looks":1,"not_looked":0,"pictures":1}},"index":2,"log":"3109819cd676b8e836ec1c209ec12fbb","prev":"3b7b9a6b7356542cb3e74dca55482dedccc75ba4e8ae73686298b8f69192170d","time":{"mono":"1","wall":"1795314447000000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (2, CAST('livewitness/log/3109819cd676b8e836ec1c209ec12fbb
2
/5zdekETRcx8nKXhAe+dL1nnD7os16qiyl5NvY4DoF4=

— livewitness/log/3109819cd676b8e836ec1c209ec12fbb glrX/dsNcMoQ2WTewLCdd3VR11CvlRQKH6Mrdi9jRYsVEGzOpCEKqa6dxb/CHnx/Sk2dfLw8TB6JPH8qhRh2oZ0OvQg=
' AS BLOB), X'ff9cdd7a411345cc7c9ca5e101ef9d2f59e70fba2cd7aaa2ca5e4dbd8e03a05e');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/3109819cd676b8e836ec1c209ec12fbb
3
ZP0CtW4jjpSWYZrmO+dd6ivVCHYsUmsVCN0nJZxyJ3A=

— livewitness/log/3109819cd676b8e836ec1c209ec12fbb glrX/eWJeFoIbZlPvHtaFvjLf8liTKDLHwWwEIww0K1XJZpN/rT2uYPA8uQt6UN7fWU/P9bW4S9zlLPGajhAGt/O4ws=
' AS BLOB), X'ff9cdd7a411345cc7c9ca5e101ef9d2f59e70fba2cd7aaa2ca5e4dbd8e03a05eeae1dc3891c083db6f0576003e16e0e4a5872ed736d4e6532c91d8fef64c75f5');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
