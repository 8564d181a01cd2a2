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
CREATE TABLE notes (note TEXT) STRICT;
INSERT INTO entries VALUES (0, 'bd2f0030818998727ccd81b19b9cc5aac32e4359eda5667f05d4721d4c4cebb8', 'session.open', CAST('{"blobs":[],"body":{"after":"0df05cd82f6818bbd1b74761ea97b66371cf9b961156a91b96a64c9b93d60540","reads":"d4ee68955546832d738374a745998efb"},"index":0,"log":"b0a3882daabd1ac5051339e4bd0a564e","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"session.open","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, '65c1f5bafe3cc382f2e0a4778600fd76a409159f7f00dd0a321871254586c81a', 'readings', CAST('{"blobs":[{"blake3":"0cfa594f1db20b514e4409211f89f7b9e250be6ddf4f86e69838439b77a95389","parts":{"count":1,"root":"c3edb35a582f931ba64937594c338631c07334f6462d818a349e0daffc99119f"},"role":"texts","sha256":"d72ec591eecc653a4f7b2bd1dc2c919724bc7547e010121996832e35b4fde82e","size":58,"type":"text/plain; charset=utf-8"}],"body":{"readings":[{"entry":1,"field":"stock","value":37},{"entry":4}]},"index":1,"log":"b0a3882daabd1ac5051339e4bd0a564e","prev":"bd2f0030818998727ccd81b19b9cc5aac32e4359eda5667f05d4721d4c4cebb8","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"readings","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, 'e68cb2fd35d66731b6937bda283aec81b6c9fb731c99cc57c0902b0791774831', 'session.close', CAST('{"blobs":[],"body":{"counts":{"readings":1,"session.open":1},"last":"65c1f5bafe3cc382f2e0a4778600fd76a409159f7f00dd0a321871254586c81a","reason":"all pictures are read"},"index":2,"log":"b0a3882daabd1ac5051339e4bd0a564e","prev":"65c1f5bafe3cc382f2e0a4778600fd76a409159f7f00dd0a321871254586c81a","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"session.close","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/log/b0a3882daabd1ac5051339e4bd0a564e
1
LUwwOc6SdZo4MGtV0jnzBUbVQl2bO33oKBsSowi378k=

— livewitness/log/b0a3882daabd1ac5051339e4bd0a564e cp4vcEz1G1cMZ9tTooLpLWzXtjQLvYh04u8t2fqnff+NC5eDRzoQw0yOgk52Knv2RvH5LkiLumMZNFSf0aZYPOjsUAM=
' AS BLOB), X'2d4c3039ce92759a38306b55d239f30546d5425d9b3b7de8281b12a308b7efc9');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/log/b0a3882daabd1ac5051339e4bd0a564e
3
HwtAnlW/u4BQlrASIG6JeJsRYUR1FwD4OtnmNuIAsDg=

— livewitness/log/b0a3882daabd1ac5051339e4bd0a564e cp4vcNFF7shnVGWtzBGeSUUQH+Z2oYqaq7HdEgBq4VbnC+Uqp/wyBpgKsWrzZ81mZsbe0J70VYbgU/eKbUoif7aQhAI=
' AS BLOB), X'c43e7813c933b0a3e6ab3450b5e6701d83d4b9e4904d896d9bb81e622fc9340cc995790ed810f9900eefaadfd3f741bf8f261fee96a0b77c58f0cc85791908c7');
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER leases_in_order BEFORE INSERT ON leases WHEN NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases) BEGIN SELECT RAISE(ABORT, 'leases.epoch is not the next one'); END;
CREATE TRIGGER leases_no_delete BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
CREATE TRIGGER leases_no_update BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'leases is append-only'); END;
