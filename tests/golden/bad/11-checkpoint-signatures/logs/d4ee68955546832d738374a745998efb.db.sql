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
INSERT INTO entries VALUES (0, '5027284285d4d8ac421e6cd795e6addc3abf71d82caba6fe784e35453eda7142', 'session.open', CAST('{"blobs":[],"body":{"after":null,"url":"https://room.example/7"},"index":0,"log":"d4ee68955546832d738374a745998efb","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1000000000","wall":"1795314387000000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '18da6d8e3930f6c281afb99a09c5e61a52e4de4dc3abb36184dff5286ad4b916', 'screen', CAST('{"blobs":[{"blake3":"f1f0f5280b2751c180abe10d1101cf9a4ac335c3cef48f9f6f132bbf94f8eeb3","role":"picture","sha256":"7291d68c44c2690c0b746e070d88885bab2fea365860282a42a905a0d20eb856","size":780,"type":"image/jpeg"}],"body":{"n":0},"index":1,"log":"d4ee68955546832d738374a745998efb","prev":"5027284285d4d8ac421e6cd795e6addc3abf71d82caba6fe784e35453eda7142","time":{"mono":"1250000000","wall":"1795314387250000000"},"type":"screen","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '5d58beda2af84e24c163034ca0ce8ed8dc09dd244787b6c04229ae39fb6867ec', 'media', CAST('{"blobs":[{"blake3":"01956ea9ddfdacf31545d621cce0d4a45aeebff7cb03f79da2ee64c14b5001b9","role":"segment","sha256":"b3a068e08744e34242e508d9a6e240a97a861717a2cb97ba62c247d27fadd3a5","size":1440,"type":"video/mp4"}],"body":{"n":0},"index":2,"log":"d4ee68955546832d738374a745998efb","prev":"18da6d8e3930f6c281afb99a09c5e61a52e4de4dc3abb36184dff5286ad4b916","time":{"mono":"1250000000","wall":"1795314387250000000"},"type":"media","v":1}' AS BLOB));
INSERT INTO entries VALUES (3, '7aae12fe8097cda2b4fd1765b2834cefc28caea1e611ae1fd3a4779295a2cf67', 'chat', CAST('{"blobs":[{"blake3":"c07457693bc14dcb75ed9244a2faaf79020da034a8ffdfda3d78f5f984f945c0","parts":{"count":2,"root":"0f2c64f333f44d49e6ceb1cc89ff4cc246205273c22ffeb3bb04e67ea816684b"},"role":"frames","sha256":"e15f6290fcd7b3fe8b74dc75d3898f60afe6542985204fdcc8c6a9fc0426d46d","size":94,"type":"application/octet-stream"}],"body":{"n":0},"index":3,"log":"d4ee68955546832d738374a745998efb","prev":"5d58beda2af84e24c163034ca0ce8ed8dc09dd244787b6c04229ae39fb6867ec","time":{"mono":"1250000000","wall":"1795314387250000000"},"type":"chat","v":1}' AS BLOB));
INSERT INTO entries VALUES (4, '5eaa4b3907a80693ba70bacc8b691ec4fa9048155742ece01d49cf94744a7da9', 'screen', CAST('{"blobs":[{"blake3":"9b398014d9390bc8643dfa13c65f06268bec1a1159eb4b151a7a7b4d164257c1","role":"picture","sha256":"c2f09e0403d2b2b96141df440e3b59d83dededde23378dddaed26bb14db4e12a","size":780,"type":"image/jpeg"}],"body":{"n":1},"index":4,"log":"d4ee68955546832d738374a745998efb","prev":"7aae12fe8097cda2b4fd1765b2834cefc28caea1e611ae1fd3a4779295a2cf67","time":{"mono":"1500000000","wall":"1795314387500000000"},"type":"screen","v":1}' AS BLOB));
INSERT INTO entries VALUES (5, '0123179045b45adda6354167e3347a8baf741fe1effcc08a9d4118bd61643491', 'media', CAST('{"blobs":[{"blake3":"aef3f15cac5e376795ac55f67f186bba9e12fe18e9284413f2cb4a1dce606e53","role":"segment","sha256":"532c457b2655b6020e6b8834560849b1eefb7072977560d47a126b7f65966345","size":1440,"type":"video/mp4"}],"body":{"n":1},"index":5,"log":"d4ee68955546832d738374a745998efb","prev":"5eaa4b3907a80693ba70bacc8b691ec4fa9048155742ece01d49cf94744a7da9","time":{"mono":"1500000000","wall":"1795314387500000000"},"type":"media","v":1}' AS BLOB));
INSERT INTO entries VALUES (6, '15d5dca90904198a0caf81ccf72131d445cd380cd8442700a42d9a2c43bb87ed', 'chat', CAST('{"blobs":[{"blake3":"e1d830bcd3ed22f37edf911fe9756209be3c6f80c0ceda257cbbd05dc926359c","parts":{"count":2,"root":"73cba93fef162f200b35dd3f71c78a758fc14588e71ac6ada96123d166e061b6"},"role":"frames","sha256":"f0a922bd944efd606bf20e7e8e8d8ab1f6615b0675d9dda6afce5970af8914a0","size":94,"type":"application/octet-stream"}],"body":{"n":1},"index":6,"log":"d4ee68955546832d738374a745998efb","prev":"0123179045b45adda6354167e3347a8baf741fe1effcc08a9d4118bd61643491","time":{"mono":"1500000000","wall":"1795314387500000000"},"type":"chat","v":1}' AS BLOB));
INSERT INTO entries VALUES (7, '1ca6396e83f5d974de0496be69c6b5862623bdfbe5201de8e4c75080a7affab1', 'heartbeat', CAST('{"blobs":[],"body":{"after":"0df05cd82f6818bbd1b74761ea97b66371cf9b961156a91b96a64c9b93d60540","pictures":2},"index":7,"log":"d4ee68955546832d738374a745998efb","prev":"15d5dca90904198a0caf81ccf72131d445cd380cd8442700a42d9a2c43bb87ed","time":{"mono":"2250000000","wall":"1795314388250000000"},"type":"heartbeat","v":1}' AS BLOB));
INSERT INTO entries VALUES (8, '3c21284d983926d4912552772e0349a2b5db0524afa7d48f61074140c680881f', 'gap', CAST('{"blobs":[],"body":{"cause":"reconnect"},"index":8,"log":"d4ee68955546832d738374a745998efb","prev":"1ca6396e83f5d974de0496be69c6b5862623bdfbe5201de8e4c75080a7affab1","time":{"mono":"2500000000","wall":"1795314388500000000"},"type":"gap","v":1}' AS BLOB));
INSERT INTO entries VALUES (9, 'ab86d179be7ef6e528803e64c5652626320a983c2701cd7e5eddcbfde821926a', 'session.close', CAST('{"blobs":[],"body":{"counts":{"chat":2,"gap":1,"heartbeat":1,"media":2,"screen":2,"session.open":1},"last":"3c21284d983926d4912552772e0349a2b5db0524afa7d48f61074140c680881f","reason":"the time given is over"},"index":9,"log":"d4ee68955546832d738374a745998efb","prev":"3c21284d983926d4912552772e0349a2b5db0524afa7d48f61074140c680881f","time":{"mono":"2500000000","wall":"1795314388500000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/log/d4ee68955546832d738374a745998efb
1
PDQQ3CpHQufHtdpxFAmQNkvA5klvsrZCs1PGfbQd7Bo=

— livewitness/log/d4ee68955546832d738374a745998efb nrWwGlTbFWgFcNxYuDgFV5jr7U9TP/rfzPtIL2WVmsfbZ6wUC/uD11vb/4bc45P9/ITgT0reHBoiVblCQNb12IpUsQc=
' AS BLOB), X'3c3410dc2a4742e7c7b5da71140990364bc0e6496fb2b642b353c67db41dec1a');
INSERT INTO checkpoints VALUES (10, CAST('livewitness/log/d4ee68955546832d738374a745998efb
10
KpZdeV5S3KK5GDC+ifmvagkg+K9Wq8wzRybJZtIlFL4=

— livewitness/log/d4ee68955546832d738374a745998efb l2nrN3rmX44Zat/jd+TmgHbpaCVrdbV9Qv+Pmad7uX6tjp/WkIU1PPb/GW1+NyEoQLU6n6TSQBdphud8Bngjcfgpcwg=
' AS BLOB), X'4cc2ab60bd4583082043e76d933231b9186e805ee419c1f14ebc5a400f46f479127a328190226c476e304e71fa3a53589be7cff86a124f849c9ae55912fe9b20');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
