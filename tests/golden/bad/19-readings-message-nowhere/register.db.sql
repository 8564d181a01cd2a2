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
INSERT INTO entries VALUES (0, '923aa54d57569d4001484d56bed1c2cdc3e99afc410e85eb8e5e5d2ed9cc9f42', 'log.opened', CAST('{"blobs":[{"blake3":"eb9b9715bca0ca432187ceaf6ac1cbb41c60e7d6627caa8aeeefb6962b6cb7eb","parts":{"count":2,"root":"52fb59bb7451160b8e75948017b83172da9f76437c850ad3c9627cefff30e4a3"},"role":"subject","sha256":"380e6e0a26a64a3f406cbfe45a76f536977a63013936eaa2272aeabc956460fc","size":108,"type":"text/plain; charset=utf-8"}],"body":{"kind":"capture","log":"d4ee68955546832d738374a745998efb","signature":"wNSdFPH2G126opsWM2djg2iRpuwMazi30FVAgtWENW2GGgT/8KtGIwvQVOpNTMOTdQ6QZQt0aHlAy7a/yA1NBw==","vkey":"livewitness/log/d4ee68955546832d738374a745998efb+9eb5b01a+AeRX/TeP9fr0llAh5Xca0PPlrqNqQKRkgQnYdaBFntox"},"index":0,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"0000000000000000000000000000000000000000000000000000000000000000","time":{"mono":"1000000000","wall":"1795314387000000000"},"type":"log.opened","v":1}' AS BLOB));
INSERT INTO entries VALUES (1, 'bbf579032e2f1f7e44a4aba2ddd6614f1ea40312277b2f906a13345a981b8c39', 'log.head', CAST('{"blobs":[],"body":{"head":"5027284285d4d8ac421e6cd795e6addc3abf71d82caba6fe784e35453eda7142","log":"d4ee68955546832d738374a745998efb","root":"3c3410dc2a4742e7c7b5da71140990364bc0e6496fb2b642b353c67db41dec1a","size":1},"index":1,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"923aa54d57569d4001484d56bed1c2cdc3e99afc410e85eb8e5e5d2ed9cc9f42","time":{"mono":"1000000000","wall":"1795314387000000000"},"type":"log.head","v":1}' AS BLOB));
INSERT INTO entries VALUES (2, '54695a5f8bd2cce47186a45d9d65db5903f8758c94edaedcbfcee0c60923b903', 'anchor.token', CAST('{"blobs":[{"blake3":"eda5bb56fcc3708b795b57d573863f12537950bbe72716dd454c4592478ba8d1","role":"note","sha256":"13c076b1ef94cbca7305e1d337277e2ace12e221b77ac0135b45f3c2d471d5e0","size":253,"type":"text/plain; charset=utf-8"},{"blake3":"76a3a14e42d107cf8df50c5949efcc7cf8fdb894d952ef925d85e3d9fe1d74db","role":"request","sha256":"9916edef8d9d08666437b844dd6f0d8974377ea878da39845d061075bb1d89b1","size":70,"type":"application/timestamp-query"},{"blake3":"0df05cd82f6818bbd1b74761ea97b66371cf9b961156a91b96a64c9b93d60540","role":"reply","sha256":"2bcf1f7ef782ab3c4f84e2b7377a2d1eccfd501d88b1fee54c8f14a76aa2f0fb","size":1840,"type":"application/timestamp-reply"},{"blake3":"3d470453ceb7fcd7517f9420fcff19f22d8bed3e71ce9ed403cc6aee1d37e6d9","role":"chain","sha256":"fb8dbc6ba0772df1edf7f40f23282c772f9db90545863ed8baf36db07bd000bf","size":2430,"type":"application/pem-certificate-chain"},{"blake3":"64fcea54eaf33db3fa0206addb9781b9631e362b9c1601df4fdf2df6e9332def","role":"revocation","sha256":"0cf013e76432ba9f7e0723de84f03f657b9ad0d8c6a7fc2c911e6ecc826e8782","size":282,"type":"application/ocsp-response"},{"blake3":"760b8192e3279afc9e36bc88d5b6360d81f03190f423f1ba785ab1a023738495","role":"revocation","sha256":"898a3ad4e5185ae9e6dadb005e2ef69b80227ea3546fd8b92703407ea8924b1a","size":157,"type":"application/pkix-crl"},{"blake3":"16b595b6ac0350e46be914487fd211705fe747591eba33942abc22053b0af854","role":"revocation","sha256":"67488a9fb1b38d67f41ac7e6ce517135136821b05c21b6a912f3e75a9e858ba4","size":284,"type":"application/ocsp-response"},{"blake3":"4d579ef9c3048964e5786ba84ddfd68d806ce97223a1f254199f590797ce6edb","role":"revocation","sha256":"4538fa12d2750f64bc69185c9c99d7f2fbd4eb217de5b9f2918a4f7f8cf6edfa","size":160,"type":"application/pkix-crl"}],"body":{"accuracy":"1500100000","authority":"golden","expires":"2110674387000000000","imprint":{"algorithm":"2.16.840.1.101.3.4.2.1","digest":"13c076b1ef94cbca7305e1d337277e2ace12e221b77ac0135b45f3c2d471d5e0"},"policy":"1.2.3.4.1","revocation_missing":0,"serial":"2","size":2,"time":"1795314387390000000","verified_by":"rfc3161-client"},"index":2,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"bbf579032e2f1f7e44a4aba2ddd6614f1ea40312277b2f906a13345a981b8c39","time":{"mono":"1750000000","wall":"1795314387750000000"},"type":"anchor.token","v":1}' AS BLOB));
INSERT INTO entries VALUES (3, 'bde6193a3d1e475b27b81edd7421d5f43b0c10e63e51b9b68f19b1d0bb268a50', 'anchor.cosignature', CAST('{"blobs":[],"body":{"line":"— witness.example/golden dKynuAAAAABrAlLTIhF0sYhtNyrsE41oHGT2nJs9WNh4/6B/F+NaVRPcWJZWawHAYUgXYqEqMuJp2/l+H5fyNkptzXzYDjthMNviDw==","root":"acbc907b9447801d71bcdd67a51c7a4d7b96bfaafe816fb3b0896aedb5f59b60","size":2,"time":"1795314387","vkey":"witness.example/golden+74aca7b8+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn","witness":"witness.example/golden"},"index":3,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"54695a5f8bd2cce47186a45d9d65db5903f8758c94edaedcbfcee0c60923b903","time":{"mono":"1750000000","wall":"1795314387750000000"},"type":"anchor.cosignature","v":1}' AS BLOB));
INSERT INTO entries VALUES (4, '46a213fc1e3a8e6ac350fafc98935822afc4f71b064bb19f55b15787b343d5cc', 'custody', CAST('{"blobs":[{"blake3":"0887cc00bc3d9498a2eaf23bb58cec9c98a1402041cf6620965f0b5d10369ad9","parts":{"count":2,"root":"2ebbcca4b511f704f55c7bf7ccad64041e686a367963e5ce6a36d9c63f6a618c"},"role":"who","sha256":"31db467ea121cfef11a89c60e86e61d51312269b980fb2bf0f5995c2c8860d8c","size":100,"type":"text/plain; charset=utf-8"}],"body":{"what":"shown"},"index":4,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"bde6193a3d1e475b27b81edd7421d5f43b0c10e63e51b9b68f19b1d0bb268a50","time":{"mono":"2250000000","wall":"1795314388250000000"},"type":"custody","v":1}' AS BLOB));
INSERT INTO entries VALUES (5, 'b0d56bceb51893b5c0a2106b901d30efb84f6f6b64cd6f02c8e4f99b0948729b', 'key.rotated', CAST('{"blobs":[],"body":{"from":"livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d+3aab3cfd+AbcX2Ouq9J0EXZNldNnDdf8yqJYfqzxxTCM8tA0s4vSz","signature_from":"o+QOQ5VIPWoh3NWYKfUtZpkRi2psWZn508VkQj/cEIdjAPq29Ctll3jJ0xTQscSrBjRzK/vq+kt2Fv+UVblzBQ==","signature_to":"SChLsFE9d6ik3CXjVthgFku35icp54M7F43vwlPjrk2UPRifIwQNk5TJkFf/8mRaI5LA+UNYZKZc+7QBu2QaBw==","to":"livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d+bd02967a+ARk3+Ktykh+u8jbhKpA84vegzlbRbLtk/oewMeAvtbsV"},"index":5,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"46a213fc1e3a8e6ac350fafc98935822afc4f71b064bb19f55b15787b343d5cc","time":{"mono":"2250000000","wall":"1795314388250000000"},"type":"key.rotated","v":1}' AS BLOB));
INSERT INTO entries VALUES (6, '45d7d9636f0b72946de7793d9280852ef421adc4791bab1ba93221aa246d5d4a', 'log.closed', CAST('{"blobs":[],"body":{"head":"ab86d179be7ef6e528803e64c5652626320a983c2701cd7e5eddcbfde821926a","log":"d4ee68955546832d738374a745998efb","root":"2a965d795e52dca2b91830be89f9af6a0920f8af56abcc334726c966d22514be","size":10},"index":6,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"b0d56bceb51893b5c0a2106b901d30efb84f6f6b64cd6f02c8e4f99b0948729b","time":{"mono":"2500000000","wall":"1795314388500000000"},"type":"log.closed","v":1}' AS BLOB));
INSERT INTO entries VALUES (7, 'a67736087515d7b2bef29d529e0a90f3220ae2b54ea9c049f5736a82c7280015', 'key.revoked', CAST('{"blobs":[],"body":{"good_to":5,"reason":"a new one is in force","vkey":"livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d+3aab3cfd+AbcX2Ouq9J0EXZNldNnDdf8yqJYfqzxxTCM8tA0s4vSz"},"index":7,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"45d7d9636f0b72946de7793d9280852ef421adc4791bab1ba93221aa246d5d4a","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"key.revoked","v":1}' AS BLOB));
INSERT INTO entries VALUES (8, '8d9b3309ed8e05fa7ca72829d4a5aeac4682d094f39ef12127413319a4209638', 'log.opened', CAST('{"blobs":[{"blake3":"05efcfd08f45355a86e61079adf711482a2a69fb6bd1065d490daf50d630e6ea","parts":{"count":2,"root":"ab3b8edda74155b150d7ce79324abf1fd815a7f4c301e62579f8315000cd5a28"},"role":"subject","sha256":"70bfbfba0e6ea7afd0a59f8e9191a22e1f673a0be1a55fb023a27cbf93e8abc4","size":108,"type":"text/plain; charset=utf-8"}],"body":{"kind":"reading","log":"b0a3882daabd1ac5051339e4bd0a564e","signature":"VDFxxIMOOUwA7HP3NzeGHSOuo/DmRmoOUTCxikUJgXQ6aZ3D7suBOkcpimZLrBPJ5XdD14YdRFobkY1v9DNFCQ==","vkey":"livewitness/log/b0a3882daabd1ac5051339e4bd0a564e+729e2f70+AcFLqp0707GwySatxepLn7I54Cw+4cyH6HcaAp92MXPj"},"index":8,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"a67736087515d7b2bef29d529e0a90f3220ae2b54ea9c049f5736a82c7280015","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"log.opened","v":1}' AS BLOB));
INSERT INTO entries VALUES (9, '2f17397718ffd14dfd2ef9bd69cdbd9b34c4ed785deb8a5232a7e0dd4575d098', 'log.head', CAST('{"blobs":[],"body":{"head":"bd2f0030818998727ccd81b19b9cc5aac32e4359eda5667f05d4721d4c4cebb8","log":"b0a3882daabd1ac5051339e4bd0a564e","root":"2d4c3039ce92759a38306b55d239f30546d5425d9b3b7de8281b12a308b7efc9","size":1},"index":9,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"8d9b3309ed8e05fa7ca72829d4a5aeac4682d094f39ef12127413319a4209638","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"log.head","v":1}' AS BLOB));
INSERT INTO entries VALUES (10, 'cded969d50b681132d73db1c5c3b222a9fa5903fb38e80fba3ff591df9f717d8', 'log.closed', CAST('{"blobs":[],"body":{"head":"e68cb2fd35d66731b6937bda283aec81b6c9fb731c99cc57c0902b0791774831","log":"b0a3882daabd1ac5051339e4bd0a564e","root":"1f0b409e55bfbb805096b012206e89789b116144751700f83ad9e636e200b038","size":3},"index":10,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"2f17397718ffd14dfd2ef9bd69cdbd9b34c4ed785deb8a5232a7e0dd4575d098","time":{"mono":"2750000000","wall":"1795314388750000000"},"type":"log.closed","v":1}' AS BLOB));
INSERT INTO entries VALUES (11, '2f37f1a42e0ddeb82891a6089760bb7c2add57334b43e96d890752b274e0ee1b', 'anchor.token', CAST('{"blobs":[{"blake3":"3587c9f6924ffc9498995165805db01e43a644cb47c2a1e3a6d45a7397fb2d94","role":"note","sha256":"539d6a3822559bfc717920e009cf5aec5ceba252d3342bd3888b9395103b7057","size":254,"type":"text/plain; charset=utf-8"},{"blake3":"96dcb4fe250d1b1aab9ce90c44d566335bb4dbc92f0242d195c084b49a15524e","role":"request","sha256":"55118d2a24f372b952f0a62eeeaa9793255712c8f82955a59ce1ae47f9a67df1","size":69,"type":"application/timestamp-query"},{"blake3":"ffe89f314d2e1363430cd628a776235f4e4b1934bd66183c4b59784a21050843","role":"reply","sha256":"00c7b198da3217b202074eec7ac4342b9247df3635ad95f08f77d15a6ec6fb9a","size":1838,"type":"application/timestamp-reply"},{"blake3":"3d470453ceb7fcd7517f9420fcff19f22d8bed3e71ce9ed403cc6aee1d37e6d9","role":"chain","sha256":"fb8dbc6ba0772df1edf7f40f23282c772f9db90545863ed8baf36db07bd000bf","size":2430,"type":"application/pem-certificate-chain"},{"blake3":"ccfd900ca8ceb5de98c0d3aeaeffacc1bebb77f15fe2bd43af85aa69968148cd","role":"revocation","sha256":"3671742d801a04d43e7130aed7e69556d1bab51db2f10712c736c66ce11deb76","size":283,"type":"application/ocsp-response"},{"blake3":"ed2e65b5937c7cfc689289edbddb942bf16c2b86a9a9322cf297febcb18b66d0","role":"revocation","sha256":"1c8dd9b67167540e9a76ca69bbace7e0e65028889d2be7e5cd06b7c52dc50040","size":158,"type":"application/pkix-crl"},{"blake3":"274aa74cc463272c842312fccc55d0df3fab83d733ab01cda0fb0e07fff35d8c","role":"revocation","sha256":"a9d186bdd49f4a9059bb52dd60762d34d6b317c173b0d5d38047d2adb16457ef","size":283,"type":"application/ocsp-response"},{"blake3":"66de9b2da013dfcf3b13f2d94f268f40af56274085399158439d368a7fbb20be","role":"revocation","sha256":"c7c6a9f2acd79254120298080e5b40b7511c0107d6a8d2a6511e8d42b6f16ffb","size":159,"type":"application/pkix-crl"}],"body":{"accuracy":"1500100000","authority":"golden","expires":"2110674387000000000","imprint":{"algorithm":"2.16.840.1.101.3.4.2.1","digest":"539d6a3822559bfc717920e009cf5aec5ceba252d3342bd3888b9395103b7057"},"policy":"1.2.3.4.1","revocation_missing":0,"serial":"3","size":11,"time":"1795314387627000000","verified_by":"rfc3161-client"},"index":11,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"cded969d50b681132d73db1c5c3b222a9fa5903fb38e80fba3ff591df9f717d8","time":{"mono":"3000000000","wall":"1795314389000000000"},"type":"anchor.token","v":1}' AS BLOB));
INSERT INTO entries VALUES (12, '1e55384ebc3ddc3dde1c9013a88bde5e08e04fd260d44d5f9022167fd4e16213', 'anchor.cosignature', CAST('{"blobs":[],"body":{"line":"— witness.example/golden dKynuAAAAABrAlLVZDG1GN8bQNS/HmiyF6bj4CgvMaTQ3uctGHTDL4KVMuAwglHIrpm+l83rSSbai1fxN0CYQVp1SVoOWGKz1/V/Aw==","root":"83fd81ea7f7c46cbb2950f3c82cb3ff4ed6d794173ffb1ced780c6c1c3ef4bf3","size":11,"time":"1795314389","vkey":"witness.example/golden+74aca7b8+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn","witness":"witness.example/golden"},"index":12,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"2f37f1a42e0ddeb82891a6089760bb7c2add57334b43e96d890752b274e0ee1b","time":{"mono":"3000000000","wall":"1795314389000000000"},"type":"anchor.cosignature","v":1}' AS BLOB));
INSERT INTO entries VALUES (13, 'b0ae5c356902839c34455917698640363564bc5adcbd1fb0839fc62b11f3ae6a', 'log.opened', CAST('{"blobs":[],"body":{"kind":"reading","log":"0c2816f61f8088bf29a21cd4e9b3d52c","signature":"ggGTNTAl8+A+sHAJUahb31diqxGqISsF6NrH0HQuvbrdM8SrMtjORXL6/qhHaAjhLKeE0agMLUWluI9yR1ruDg==","vkey":"livewitness/log/0c2816f61f8088bf29a21cd4e9b3d52c+72f079ec+ASHMxfiCjl44CJobVtWIt4h/HCgu2cu23uZk9NWk4/8p"},"index":13,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"1e55384ebc3ddc3dde1c9013a88bde5e08e04fd260d44d5f9022167fd4e16213","time":{"mono":"61000000000","wall":"1795314447000000000"},"type":"log.opened","v":1}' AS BLOB));
INSERT INTO entries VALUES (14, '036aea7907ec340a94039f3a2ed8d8dca73f6068d0f56d31b94a841de4906248', 'log.closed', CAST('{"blobs":[],"body":{"head":"057b36c1aec2f285bf627759ef53934d1f4c45703a4a259a0bc9ef107f13bc10","log":"0c2816f61f8088bf29a21cd4e9b3d52c","root":"e87ce22f9ee4b8b85600ef760cc716f95559e422d084bc47ca49963c7fae68e6","size":3},"index":14,"log":"68ca9baf17c67ef7b4560a4455bacf8d","prev":"b0ae5c356902839c34455917698640363564bc5adcbd1fb0839fc62b11f3ae6a","time":{"mono":"61000000000","wall":"1795314447000000000"},"type":"log.closed","v":1}' AS BLOB));
INSERT INTO checkpoints VALUES (1, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
1
c9aiWZQIX8SOmnFjfWNCkn/d2kfAQlBPvZEHtbn4LDA=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d Oqs8/Q7E7H0nUWCjcUJIrTICsPkmbtCENGkxsoHNYGclkR3KBNkabrWuWvtbBeyqLRo2haEaFQanaG8UaMhPveeycg4=
' AS BLOB), X'73d6a25994085fc48e9a71637d6342927fddda47c042504fbd9107b5b9f82c30');
INSERT INTO checkpoints VALUES (2, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
2
rLyQe5RHgB1xvN1npRx6TXuWv6r+gW+zsIlq7bX1m2A=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d Oqs8/cW0776sVPb5saOJL35rOBfqNoj6FwhM9SkByQC8xrAe3ZVzXjIbQuy/5hMimsFqvv+/+rrMusduuDuIMtHi4gs=
' AS BLOB), X'acbc907b9447801d71bcdd67a51c7a4d7b96bfaafe816fb3b0896aedb5f59b60');
INSERT INTO checkpoints VALUES (3, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
3
jCudIKXQ1lgXKoUf3iBIuNGSXR5e+2htX1DjSd7GRRA=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d Oqs8/c0UYX9vrlx4J+gVtGdqGaFOTPIVk7BIeK93oC0+1eUlCrE7Ild9z1o7yQh9mYxbiLwZWoKAZ8sAWkcK0nBf/QE=
' AS BLOB), X'acbc907b9447801d71bcdd67a51c7a4d7b96bfaafe816fb3b0896aedb5f59b6015159d9e73748c0781918f1bb818ecbf587472ea59eb3fa96c67d89d52f5ebb3');
INSERT INTO checkpoints VALUES (4, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
4
cOliYxgiyQD0bJ2aH6hPineBraxtzCSpFFKY+XviTQ4=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d Oqs8/c3JbBn/G9IlHBnkIWEF573+CgwcL0boWsY/xVylaTFhJMHi5Ym84oupH6AZODJN6QdbabAVgZofAC0WDQorhwc=
' AS BLOB), X'70e962631822c900f46c9d9a1fa84f8a7781adac6dcc24a9145298f97be24d0e');
INSERT INTO checkpoints VALUES (5, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
5
ceQJ2v6fc5aktNCYXEGqJJ1KwAkwL1pef+uZdXcKpw4=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d Oqs8/TWj2maUZz/iyWdxv/Up8I9/doKX5QM6DN/YwEfAmrbylQT3/LTBiaLeRPmfkm8NEKhZvzvZNX/VBOsGlbuC0Ak=
' AS BLOB), X'70e962631822c900f46c9d9a1fa84f8a7781adac6dcc24a9145298f97be24d0e73c5347fe95dda7fd8f746f91e9f549d80e1265e68370cad5767c1f46f24d26a');
INSERT INTO checkpoints VALUES (6, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
6
s776t3Ers0u3Z+ZjlDLh3QY+gmd2In94TnszEjP4Mrg=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeoacjAbJGyOHfYvq3aJVN2RU5zB9FDmFOoBablriItKcE4JwKxeN0LtLRk52sfWaLcOwp24ddS/cHRk+HrEkqg8=
' AS BLOB), X'70e962631822c900f46c9d9a1fa84f8a7781adac6dcc24a9145298f97be24d0e1b00896fed8ad7058108aa0f8444a09be48174d7a985ef24672a1300d8e7609f');
INSERT INTO checkpoints VALUES (7, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
7
NToKXMtuQCmogZv1RnN59Mg8/sx41Z3lrWuSbhDa2us=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeuoSpDS3p/AJlv3wJqMODLj6vahQODf8chHnKVWs69dLql4HqoJDW0paGNZqZXJrh5ZS5LT8SwiRdXjx6nzNiAE=
' AS BLOB), X'70e962631822c900f46c9d9a1fa84f8a7781adac6dcc24a9145298f97be24d0e1b00896fed8ad7058108aa0f8444a09be48174d7a985ef24672a1300d8e7609f8c8ed32a72adbb7ad966117ee6ce0ac8a3329b809f6c170306ff2d66663c4dbd');
INSERT INTO checkpoints VALUES (8, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
8
pbLti435/3BaDnHZjejW9mjMgeDGIYjagLeizp+81ZM=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeqvETVBJSX5ruhPJHXdoSqMfjmwXw2+L02zH24fyN2FprVAtx6okAmiJkQ7rHt56tVXmJij5nkZRBGR/fTr/eQY=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd593');
INSERT INTO checkpoints VALUES (9, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
9
jfgaUtT6zkM6+GDTIV85GL5UBaFtd8CXki5S8B3Ha4A=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeiqyEDrGrGvW5529P02DInlQiOXacyv4dhTVSOUezdC/B6WPD7ygD8IrVOl9bAdJkybvz6qzmCuRyxopMd001ws=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd593b90234286941bdb6c4a63d7c03b834da8587a0e6d99ac60665cc4a77596f20cb');
INSERT INTO checkpoints VALUES (10, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
10
HF7p7brIA33iCW+UjyWRcPeOl1gSvYOtlIy6HMOoXmE=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWetsknhconXRVitA2AfHjkOgORXfXW/fykcOmyBnwBGTl1LmUXQPcnTLRoo4XFC/yJEWxL02/bPZiNOVwNFi1UA4=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd593c1567a11edf6503bf4e1e7c760a24b63da25ac905e0a171e2434fc91ca59c91a');
INSERT INTO checkpoints VALUES (11, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
11
g/2B6n98RsuylQ88gss/9O1teUFz/7HO14DGwcPvS/M=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWetlNtodD3BB0X30pq4TUr6dpbwCP13YW5PVj4GP7FeFyRTESEVJjTSb8IN16/xNz3Ics68TnwCQpnaKWE3Z7WQM=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd593c1567a11edf6503bf4e1e7c760a24b63da25ac905e0a171e2434fc91ca59c91a2e1052d08bb1276da683b1c39a18cd40fa52f2f5551fde53a5b0ce7d67673460');
INSERT INTO checkpoints VALUES (12, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
12
eWeqSuz49Cq8LFav27pO+vpGBlTuif0+/j1SQTCq1aA=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeuTAOUIdNpEQ5l+VJAQKYrMmSSMPzsbfJiJa+E11jEzSFlTcm4iwdTtcUWrQDorOqjlZncyPYfXAL1cBvnVb4ws=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd5933ba032ae2304c5610483ae61ba7bd88e173a6c082d4a9fa974cd3cb76e93925d');
INSERT INTO checkpoints VALUES (13, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
13
IAnzmFfCZm8X0j7X9oF6tXLumGM/a9hcmXZfizuXtbs=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWesNeeFrB54WjN+UbZBI/L2WY0YcSuTGu2yy9bhk0RznEl91sfFi81oiEMM76PG/Cvc80EogHapNMIWIuYJeVRwI=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd5933ba032ae2304c5610483ae61ba7bd88e173a6c082d4a9fa974cd3cb76e93925dae1cea9d6444ff6a3728a08b3dee2e7062520f2c94bfc27d78ad52206b923aa1');
INSERT INTO checkpoints VALUES (14, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
14
ob/ZUuTouSH3GO2URyKu+7bm7LJWG+ozOrRJpGJx4CY=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWepzUCqKAwhwFWBv8i2cBvUnkGZjYDQr2ZJ9rQBAIhFLdl6gwSanL2N3hELx+3gXlTPvDq43vh7sd6gHkcfBhgQQ=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd5933ba032ae2304c5610483ae61ba7bd88e173a6c082d4a9fa974cd3cb76e93925dfcaa692f0e68448ef6275b43893f4c0d799725165ebb64c1a7990a69fd99d7c8');
INSERT INTO checkpoints VALUES (15, CAST('livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d
15
EvUcHZVDbftE5wkm1OiLkRbVuZH5FuyNRg93XKCA/vs=

— livewitness/register/68ca9baf17c67ef7b4560a4455bacf8d vQKWeg1pjCDMaS9EpJepo68VXGhCIRwDVs3gfE+/slOQCh7L97nw7Vq2Rohv+KhxXXDWM2UO4aGZgzpFfO4C7ylnlA8=
' AS BLOB), X'a5b2ed8b8df9ff705a0e71d98de8d6f668cc81e0c62188da80b7a2ce9fbcd5933ba032ae2304c5610483ae61ba7bd88e173a6c082d4a9fa974cd3cb76e93925dfcaa692f0e68448ef6275b43893f4c0d799725165ebb64c1a7990a69fd99d7c8355bcebd7e7b774cdbda8b596424fd32127e87a637bb0d6fc4a874613c6019d0');
CREATE INDEX entries_by_type ON entries (type);
CREATE TRIGGER checkpoints_in_order BEFORE INSERT ON checkpoints WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints) BEGIN SELECT RAISE(ABORT, 'checkpoints.size is not the next one'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) BEGIN SELECT RAISE(ABORT, 'entries.idx is not the next one'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
