CREATE TABLE extendbot_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO extendbot_version VALUES(1,0,1,'2026-11-27 03:48:55');
INSERT INTO extendbot_version VALUES(2,1,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(3,2,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(4,3,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(5,4,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(6,5,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(7,6,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(8,7,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(9,8,1,'2026-11-27 03:48:56');
INSERT INTO extendbot_version VALUES(10,11,1,'2026-11-27 03:48:56');
CREATE TABLE orders (
    id           TEXT   NOT NULL PRIMARY KEY,
    request_key  TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    team         TEXT   NOT NULL,
    requester    TEXT   NOT NULL,
    channel      TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    server_name  TEXT   NOT NULL,
    server_id    TEXT   NOT NULL,
    hours        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    deadline     BIGINT NOT NULL,
    decider      TEXT   NOT NULL,
    decided_at   BIGINT NOT NULL,
    reason       TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    first_try    BIGINT NOT NULL,
    retry_at     BIGINT NOT NULL,
    owner        TEXT   NOT NULL,
    owner_until  BIGINT NOT NULL,
    receipt      TEXT   NOT NULL,
    tender       TEXT   NOT NULL,
    tend_until   BIGINT NOT NULL,
    card_ref     TEXT   NOT NULL,
    card_version BIGINT NOT NULL,
    word_ref     TEXT   NOT NULL,
    word_version BIGINT NOT NULL,
    chain        TEXT   NOT NULL
, host_order  TEXT   NOT NULL DEFAULT '', settler     TEXT   NOT NULL DEFAULT '', ask_ref     TEXT   NOT NULL DEFAULT '', ask_version BIGINT NOT NULL DEFAULT 0, asked_at    BIGINT NOT NULL DEFAULT 0, throttled_at   BIGINT NOT NULL DEFAULT 0, waiting_ref    TEXT   NOT NULL DEFAULT '', told_version   BIGINT NOT NULL DEFAULT 0, superseded_ref TEXT   NOT NULL DEFAULT '', typed            TEXT NOT NULL DEFAULT '', purpose          TEXT NOT NULL DEFAULT '', extended_by      TEXT NOT NULL DEFAULT '', card_extended_by TEXT NOT NULL DEFAULT '', told_extended_by TEXT NOT NULL DEFAULT '');
INSERT INTO orders VALUES('01nghzd8-j4kcc3wk','328ae7fd529841b70f36507236786c0e7197abc898ea4622dd93c5a7f19121e2',2,'expired','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-1','a6bbde9c-c6df-11f0-8cdf-525400792197',12,1795751336335030,1795751337335368,1795751337335030,'',0,'nobody confirmed it within 1s',0,0,0,'',0,'','process-KKZPP37XVGBU',1795751352335368,'C0OPS/1795751336.339628',2,'',0,'6vXicybCeHRVTk4AuKKCKD2FoZUi4-kLH5gok8hkTaI','','','',0,0,0,'',0,'','12 hours','','','','');
INSERT INTO orders VALUES('01nghzda-6atwfg49','63ae8f93e39dc1ff088c00cf8034f6ebff58a391365649574bcf5de3297e09e8',4,'placed','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-1','a6bbde9c-c6df-11f0-8cdf-525400792197',72,1795751338022936,1795751338360516,1795752238022936,'U0ALICE',1795751338335979,'',1,1795751338347555,0,'process-XKRNTBDJSRVS',0,'{"order_id":"2208101f-9715-400e-a892-39ebdec8f2cb","type":"renew_server","amount":"1.3","balance_before":"3328.78","currency":"EUR","hours":72,"server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","server_name":"vm-web","server_status":"active","address":"192.168.100.102","location":"Slovenia","plan_id":"5","plan_price":"12.99","expires_at":"2026-12-30T03:48:55Z","owner_id":"user12345-6789-0123-4567-890123456789","took":1718282}','process-XKRNTBDJSRVS',1795751353360516,'C0OPS/1795751338.026996',4,'C0OPS/1795751338.371735',4,'CwGOaKt_osXuOKaZ3KL92e5BDcII-zbaS-QiOGetqK4','2208101f-9715-400e-a892-39ebdec8f2cb','','',0,0,0,'',0,'','3 days','of the demo','','','');
INSERT INTO orders VALUES('01nghzda-g2g96s3h','803938e6ed65286a3b1578c3015d931b19d3cbf71315485a5bbd391f8b5b3a55',4,'refused','T0TEAM','U0BOB','C0OPS','user98765-4321-0123-4567-890123456789','db-1','b7ccef0d-c6df-11f0-8cdf-525400792197',24,1795751338674152,1795751338981685,1795752238674152,'U0BOB',1795751338977790,'Insufficient balance',1,1795751338979683,0,'process-XKRNTBDJSRVS',0,'','process-XKRNTBDJSRVS',1795751353981685,'C0OPS/1795751338.676188',4,'C0OPS/1795751338.983539',4,'NRvz-QrWXc6QzjWd_lnI0aC--ST7g0dQmjdkucHfj3s','','','',0,0,0,'',0,'','24 hours','','','','');
INSERT INTO orders VALUES('01nghzdb-46gcrkv1','03e2d2a07cf81a101964055af88df5e544ab6ab34bda943e999f307d7cfe19f0',2,'cancelled','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-1','a6bbde9c-c6df-11f0-8cdf-525400792197',48,1795751339284714,1795751339591589,1795752239284714,'U0ALICE',1795751339591587,'',0,0,0,'',0,'','process-XKRNTBDJSRVS',1795751354591589,'C0OPS/1795751339.290271',2,'',0,'RROlxW1ll123khU8_7ufMUAirLJji0bnH95UktkbXdQ','','','',0,0,0,'',0,'','48 hours','','01nghzda-6atwfg49','01nghzda-6atwfg49','');
INSERT INTO orders VALUES('01nghzdb-g7vp42xq','bf2cf9f5325b5a56aad6e96dbcbcbfeb08b0a3b91306262be3b231f41fa18120',4,'unknown','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-2','c2dff01e-c6df-11f0-8cdf-525400792197',24,1795751339901065,1795751371442886,1795752239901065,'U0ALICE',1795751341435216,'0xhost did not answer in time',1,1795751341440447,0,'process-XKRNTBDJSRVS',0,'','process-XKRNTBDJSRVS',1795751386442886,'C0OPS/1795751339.904442',4,'C0OPS/1795751371.446095',4,'8JxfHKaMO2JNHq_kS8cZc1C514_VgyhyzcMG1SIaS1E','','','',0,0,0,'C0OPS/1795751351.436596',0,'','24 hours','','','','');
INSERT INTO orders VALUES('01nghzdc-h5agz6p8','c543239dbc6b829ce2acb76e9267bbd7236e2b5ef1c8f649fc2194d9c49ba5fa',4,'approved','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-3','c3dff01e-c6df-11f0-8cdf-525400792197',36,1795751340207012,1795751371752746,1795752240207012,'U0ALICE',1795751371747336,'0xhost answered with HTTP 429 (Too Many Requests)',1,1795751371750806,1795751371752743,'process-XKRNTBDJSRVS',0,'','process-XKRNTBDJSRVS',1795751386752746,'C0OPS/1795751340.211165',4,'',0,'7JODLmepazDCtQ1f8Lvs4iJxoL6Xpj1UdM_j5SsHuMg','','','',0,0,1795751371752730,'',0,'','36 hours','','','','');
INSERT INTO orders VALUES('01nghzdc-hxgwhnkr','3bf549054bd603715ebe0f02bc335e83a2fe785366b7345facd5461816faf5d2',3,'placing','T0TEAM','U0CAROL','C0OPS','user12345-6789-0123-4567-890123456789','web-4','c4dff01e-c6df-11f0-8cdf-525400792197',24,1795751340512418,1795751372276394,1795752240512418,'U0CAROL',1795751372252721,'',1,1795751372276392,0,'process-XKRNTBDJSRVS',1795751422276392,'','process-XKRNTBDJSRVS',1795751387276394,'C0OPS/1795751340.515403',3,'',0,'BuDRKivujDxG4Cc6oU02C7WGujqq78p-UtJdFkA30vw','','','',0,0,0,'',0,'','24 hours','','','','');
INSERT INTO orders VALUES('01nghzdc-ceg9ckbz','a2aa873ab59fabf68c82f48f9c4660aa73c0f3ebe2caf691011462333ecb80ee',4,'approved','T0TEAM','U0BOB','C0OPS','user98765-4321-0123-4567-890123456789','web-1','a6bbde9c-c6df-11f0-8cdf-525400792197',1,1795751340816021,1795751372804106,1795752240816021,'U0BOB',1795751372789343,'0xhost could not be reached: it refuses the connection',1,1795751372798837,1795751374916819,'process-XKRNTBDJSRVS',0,'','process-XKRNTBDJSRVS',1795751387804106,'C0OPS/1795751340.829760',4,'',0,'H4qKveWJU4sEqA3CFL8ZNV_Eg897CwY8MfzAEsQjkYM','','','',0,0,0,'',0,'','1 hour','','01nghzda-6atwfg49','01nghzda-6atwfg49','01nghzda-6atwfg49');
INSERT INTO orders VALUES('01nghzdd-dtedehx0','eae15404786fc91292a96a16f2b4d87f5d310a4528da9713e16d69b90b25f3f6',1,'pending','T0TEAM','U0ALICE','C0OPS','user12345-6789-0123-4567-890123456789','web-1','a6bbde9c-c6df-11f0-8cdf-525400792197',24,1795751341130894,1795751341130894,1795752241130894,'',0,'',0,0,0,'',0,'','process-XKRNTBDJSRVS',1795751356130894,'C0OPS/1795751341.133888',1,'',0,'e5ZXpd6W47cbW5uexJZgWDVDX2UJgepP-kxVbPTigUk','','','',0,0,0,'',0,'','24 hours','','01nghzda-6atwfg49','01nghzda-6atwfg49','');
CREATE TABLE history (
    order_id   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    facts      TEXT   NOT NULL,
    chain      TEXT   NOT NULL,
    PRIMARY KEY (order_id, version)
);
INSERT INTO history VALUES('01nghzd8-j4kcc3wk',1,1795751336335030,'U0ALICE','','pending','','{"key":"328ae7fd529841b70f36507236786c0e7197abc898ea4622dd93c5a7f19121e2","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":12,"typed":"12 hours","created_at":1795751336335030,"deadline":1795751337335030}','aArwRFYvVqGScbIrzO9cTxHrU9i7CvmmvfI8RA5-rn4');
INSERT INTO history VALUES('01nghzd8-j4kcc3wk',2,1795751337335368,'extendbot','pending','expired','nobody confirmed it within 1s','{"key":"328ae7fd529841b70f36507236786c0e7197abc898ea4622dd93c5a7f19121e2","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":12,"typed":"12 hours","created_at":1795751336335030,"deadline":1795751337335030,"reason":"nobody confirmed it within 1s"}','6vXicybCeHRVTk4AuKKCKD2FoZUi4-kLH5gok8hkTaI');
INSERT INTO history VALUES('01nghzda-6atwfg49',1,1795751338022936,'U0ALICE','','pending','of the demo','{"key":"63ae8f93e39dc1ff088c00cf8034f6ebff58a391365649574bcf5de3297e09e8","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":72,"typed":"3 days","purpose":"of the demo","created_at":1795751338022936,"deadline":1795752238022936}','AX91xJ4TwCBssOlOCWCqGAZVCYqw3pc4jkjTZvB6sFA');
INSERT INTO history VALUES('01nghzda-6atwfg49',2,1795751338335981,'U0ALICE','pending','approved','','{"key":"63ae8f93e39dc1ff088c00cf8034f6ebff58a391365649574bcf5de3297e09e8","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":72,"typed":"3 days","purpose":"of the demo","created_at":1795751338022936,"deadline":1795752238022936,"decider":"U0ALICE","decided_at":1795751338335979,"owner":"process-XKRNTBDJSRVS"}','w3BbX9E4zwdHUOB9kur0FhmJz7QbAeks8B9VtUatyzI');
INSERT INTO history VALUES('01nghzda-6atwfg49',3,1795751338347557,'extendbot','approved','placing','','{"key":"63ae8f93e39dc1ff088c00cf8034f6ebff58a391365649574bcf5de3297e09e8","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":72,"typed":"3 days","purpose":"of the demo","created_at":1795751338022936,"deadline":1795752238022936,"decider":"U0ALICE","decided_at":1795751338335979,"attempts":1,"first_try":1795751338347555,"owner":"process-XKRNTBDJSRVS"}','t1wb6UUlRAxteHpX3QN_7_ORsBKOFT-WGDm6t4hFOso');
INSERT INTO history VALUES('01nghzda-6atwfg49',4,1795751338360516,'extendbot','placing','placed','','{"key":"63ae8f93e39dc1ff088c00cf8034f6ebff58a391365649574bcf5de3297e09e8","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":72,"typed":"3 days","purpose":"of the demo","created_at":1795751338022936,"deadline":1795752238022936,"decider":"U0ALICE","decided_at":1795751338335979,"attempts":1,"first_try":1795751338347555,"owner":"process-XKRNTBDJSRVS","receipt":{"order_id":"2208101f-9715-400e-a892-39ebdec8f2cb","type":"renew_server","amount":"1.3","balance_before":"3328.78","currency":"EUR","hours":72,"server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","server_name":"vm-web","server_status":"active","address":"192.168.100.102","location":"Slovenia","plan_id":"5","plan_price":"12.99","expires_at":"2026-12-30T03:48:55Z","owner_id":"user12345-6789-0123-4567-890123456789","took":1718282}}','CwGOaKt_osXuOKaZ3KL92e5BDcII-zbaS-QiOGetqK4');
INSERT INTO history VALUES('01nghzda-g2g96s3h',1,1795751338674152,'U0BOB','','pending','','{"key":"803938e6ed65286a3b1578c3015d931b19d3cbf71315485a5bbd391f8b5b3a55","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"db-1","server_id":"b7ccef0d-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751338674152,"deadline":1795752238674152}','xQRwz55y4dlm_k7pJ6xBTo2rG8RWRvHXn9-qMGAXwzw');
INSERT INTO history VALUES('01nghzda-g2g96s3h',2,1795751338977792,'U0BOB','pending','approved','','{"key":"803938e6ed65286a3b1578c3015d931b19d3cbf71315485a5bbd391f8b5b3a55","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"db-1","server_id":"b7ccef0d-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751338674152,"deadline":1795752238674152,"decider":"U0BOB","decided_at":1795751338977790,"owner":"process-XKRNTBDJSRVS"}','Ix2HSalbQ_jJGfqExrjWY2YDpFzp4DdcGOYopjAMCdI');
INSERT INTO history VALUES('01nghzda-g2g96s3h',3,1795751338979684,'extendbot','approved','placing','','{"key":"803938e6ed65286a3b1578c3015d931b19d3cbf71315485a5bbd391f8b5b3a55","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"db-1","server_id":"b7ccef0d-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751338674152,"deadline":1795752238674152,"decider":"U0BOB","decided_at":1795751338977790,"attempts":1,"first_try":1795751338979683,"owner":"process-XKRNTBDJSRVS"}','5DVjsqwatKtdsRe3tfnLoTjHxprbXDSVtMUQZbM6520');
INSERT INTO history VALUES('01nghzda-g2g96s3h',4,1795751338981685,'extendbot','placing','refused','Insufficient balance','{"key":"803938e6ed65286a3b1578c3015d931b19d3cbf71315485a5bbd391f8b5b3a55","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"db-1","server_id":"b7ccef0d-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751338674152,"deadline":1795752238674152,"decider":"U0BOB","decided_at":1795751338977790,"reason":"Insufficient balance","attempts":1,"first_try":1795751338979683,"owner":"process-XKRNTBDJSRVS"}','NRvz-QrWXc6QzjWd_lnI0aC--ST7g0dQmjdkucHfj3s');
INSERT INTO history VALUES('01nghzdb-46gcrkv1',1,1795751339284714,'U0ALICE','','pending','','{"key":"03e2d2a07cf81a101964055af88df5e544ab6ab34bda943e999f307d7cfe19f0","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":48,"typed":"48 hours","created_at":1795751339284714,"deadline":1795752239284714}','Y7yJSYBntiJlHdl9SiHB3X2agtylarA3MJJmIZbgWzw');
INSERT INTO history VALUES('01nghzdb-46gcrkv1',2,1795751339591589,'U0ALICE','pending','cancelled','','{"key":"03e2d2a07cf81a101964055af88df5e544ab6ab34bda943e999f307d7cfe19f0","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":48,"typed":"48 hours","created_at":1795751339284714,"deadline":1795752239284714,"decider":"U0ALICE","decided_at":1795751339591587}','RROlxW1ll123khU8_7ufMUAirLJji0bnH95UktkbXdQ');
INSERT INTO history VALUES('01nghzdb-g7vp42xq',1,1795751339901065,'U0ALICE','','pending','','{"key":"bf2cf9f5325b5a56aad6e96dbcbcbfeb08b0a3b91306262be3b231f41fa18120","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-2","server_id":"c2dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751339901065,"deadline":1795752239901065}','-c-5Kh1HWBWVajn8uJikQ0xonM8jwZwWBskP4hrIPeI');
INSERT INTO history VALUES('01nghzdc-h5agz6p8',1,1795751340207012,'U0ALICE','','pending','','{"key":"c543239dbc6b829ce2acb76e9267bbd7236e2b5ef1c8f649fc2194d9c49ba5fa","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-3","server_id":"c3dff01e-c6df-11f0-8cdf-525400792197","hours":36,"typed":"36 hours","created_at":1795751340207012,"deadline":1795752240207012}','Uj8kAZYboSfHeHs3bcrbKNVLNd1J9s0kiGlRSfepCKs');
INSERT INTO history VALUES('01nghzdc-hxgwhnkr',1,1795751340512418,'U0CAROL','','pending','','{"key":"3bf549054bd603715ebe0f02bc335e83a2fe785366b7345facd5461816faf5d2","team":"T0TEAM","requester":"U0CAROL","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-4","server_id":"c4dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751340512418,"deadline":1795752240512418}','EbjIHZoq1pbvDhrjQ4Mae_y2fRGtgkNH54u5uyDAi-s');
INSERT INTO history VALUES('01nghzdc-ceg9ckbz',1,1795751340816021,'U0BOB','','pending','','{"key":"a2aa873ab59fabf68c82f48f9c4660aa73c0f3ebe2caf691011462333ecb80ee","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":1,"typed":"1 hour","created_at":1795751340816021,"deadline":1795752240816021}','_pV9kvE3Yy8h-96mypHHDVrNBQMxOOoRd7tCdpqN5h4');
INSERT INTO history VALUES('01nghzdd-dtedehx0',1,1795751341130894,'U0ALICE','','pending','','{"key":"eae15404786fc91292a96a16f2b4d87f5d310a4528da9713e16d69b90b25f3f6","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751341130894,"deadline":1795752241130894}','e5ZXpd6W47cbW5uexJZgWDVDX2UJgepP-kxVbPTigUk');
INSERT INTO history VALUES('01nghzdb-g7vp42xq',2,1795751341435219,'U0ALICE','pending','approved','','{"key":"bf2cf9f5325b5a56aad6e96dbcbcbfeb08b0a3b91306262be3b231f41fa18120","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-2","server_id":"c2dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751339901065,"deadline":1795752239901065,"decider":"U0ALICE","decided_at":1795751341435216,"owner":"process-XKRNTBDJSRVS"}','kOZ7Xn9ATLqcutr6zEJA_PyIa3o1HTiY6JoE6jf5I4w');
INSERT INTO history VALUES('01nghzdb-g7vp42xq',3,1795751341440448,'extendbot','approved','placing','','{"key":"bf2cf9f5325b5a56aad6e96dbcbcbfeb08b0a3b91306262be3b231f41fa18120","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-2","server_id":"c2dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751339901065,"deadline":1795752239901065,"decider":"U0ALICE","decided_at":1795751341435216,"attempts":1,"first_try":1795751341440447,"owner":"process-XKRNTBDJSRVS"}','ixU-tyWaSgOWOjWAhgYtSUlc4SVZAJOXDOkuah6gT4E');
INSERT INTO history VALUES('01nghzdb-g7vp42xq',4,1795751371442886,'extendbot','placing','unknown','0xhost did not answer in time','{"key":"bf2cf9f5325b5a56aad6e96dbcbcbfeb08b0a3b91306262be3b231f41fa18120","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-2","server_id":"c2dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751339901065,"deadline":1795752239901065,"decider":"U0ALICE","decided_at":1795751341435216,"reason":"0xhost did not answer in time","attempts":1,"first_try":1795751341440447,"owner":"process-XKRNTBDJSRVS"}','8JxfHKaMO2JNHq_kS8cZc1C514_VgyhyzcMG1SIaS1E');
INSERT INTO history VALUES('01nghzdc-h5agz6p8',2,1795751371747338,'U0ALICE','pending','approved','','{"key":"c543239dbc6b829ce2acb76e9267bbd7236e2b5ef1c8f649fc2194d9c49ba5fa","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-3","server_id":"c3dff01e-c6df-11f0-8cdf-525400792197","hours":36,"typed":"36 hours","created_at":1795751340207012,"deadline":1795752240207012,"decider":"U0ALICE","decided_at":1795751371747336,"owner":"process-XKRNTBDJSRVS"}','SzeUyu7LRZLFj4U3jsMZL7TlLpbohL4eIqvoV42MoF8');
INSERT INTO history VALUES('01nghzdc-h5agz6p8',3,1795751371750807,'extendbot','approved','placing','','{"key":"c543239dbc6b829ce2acb76e9267bbd7236e2b5ef1c8f649fc2194d9c49ba5fa","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-3","server_id":"c3dff01e-c6df-11f0-8cdf-525400792197","hours":36,"typed":"36 hours","created_at":1795751340207012,"deadline":1795752240207012,"decider":"U0ALICE","decided_at":1795751371747336,"attempts":1,"first_try":1795751371750806,"owner":"process-XKRNTBDJSRVS"}','VR_AoP5DgOosb0g1SPVPIlWF3XLPgoZsGSuVn1Np26Y');
INSERT INTO history VALUES('01nghzdc-h5agz6p8',4,1795751371752746,'extendbot','placing','approved','0xhost answered with HTTP 429 (Too Many Requests)','{"key":"c543239dbc6b829ce2acb76e9267bbd7236e2b5ef1c8f649fc2194d9c49ba5fa","team":"T0TEAM","requester":"U0ALICE","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-3","server_id":"c3dff01e-c6df-11f0-8cdf-525400792197","hours":36,"typed":"36 hours","created_at":1795751340207012,"deadline":1795752240207012,"decider":"U0ALICE","decided_at":1795751371747336,"reason":"0xhost answered with HTTP 429 (Too Many Requests)","attempts":1,"first_try":1795751371750806,"retry_at":1795751371752743,"throttled":1795751371752730,"owner":"process-XKRNTBDJSRVS"}','7JODLmepazDCtQ1f8Lvs4iJxoL6Xpj1UdM_j5SsHuMg');
INSERT INTO history VALUES('01nghzdc-hxgwhnkr',2,1795751372252723,'U0CAROL','pending','approved','','{"key":"3bf549054bd603715ebe0f02bc335e83a2fe785366b7345facd5461816faf5d2","team":"T0TEAM","requester":"U0CAROL","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-4","server_id":"c4dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751340512418,"deadline":1795752240512418,"decider":"U0CAROL","decided_at":1795751372252721,"owner":"process-XKRNTBDJSRVS"}','X1ZIqHScG2HpMAzm0QNpgTtbJ0MrCX8Dttb-buKRzPc');
INSERT INTO history VALUES('01nghzdc-hxgwhnkr',3,1795751372276394,'extendbot','approved','placing','','{"key":"3bf549054bd603715ebe0f02bc335e83a2fe785366b7345facd5461816faf5d2","team":"T0TEAM","requester":"U0CAROL","channel":"C0OPS","account":"user12345-6789-0123-4567-890123456789","server_name":"web-4","server_id":"c4dff01e-c6df-11f0-8cdf-525400792197","hours":24,"typed":"24 hours","created_at":1795751340512418,"deadline":1795752240512418,"decider":"U0CAROL","decided_at":1795751372252721,"attempts":1,"first_try":1795751372276392,"owner":"process-XKRNTBDJSRVS"}','BuDRKivujDxG4Cc6oU02C7WGujqq78p-UtJdFkA30vw');
INSERT INTO history VALUES('01nghzdc-ceg9ckbz',2,1795751372789346,'U0BOB','pending','approved','','{"key":"a2aa873ab59fabf68c82f48f9c4660aa73c0f3ebe2caf691011462333ecb80ee","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":1,"typed":"1 hour","created_at":1795751340816021,"deadline":1795752240816021,"decider":"U0BOB","decided_at":1795751372789343,"owner":"process-XKRNTBDJSRVS"}','Q28QXCDWq-f4Q3E2q3--i2yfz_1OWlyRwluRW3vnhyk');
INSERT INTO history VALUES('01nghzdc-ceg9ckbz',3,1795751372798839,'extendbot','approved','placing','','{"key":"a2aa873ab59fabf68c82f48f9c4660aa73c0f3ebe2caf691011462333ecb80ee","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":1,"typed":"1 hour","created_at":1795751340816021,"deadline":1795752240816021,"decider":"U0BOB","decided_at":1795751372789343,"attempts":1,"first_try":1795751372798837,"owner":"process-XKRNTBDJSRVS"}','o4pQmVHP4fgdtnSfn9mXd-Vx0kgmBhdiYUOk8Se9aGg');
INSERT INTO history VALUES('01nghzdc-ceg9ckbz',4,1795751372804106,'extendbot','placing','approved','0xhost could not be reached: it refuses the connection','{"key":"a2aa873ab59fabf68c82f48f9c4660aa73c0f3ebe2caf691011462333ecb80ee","team":"T0TEAM","requester":"U0BOB","channel":"C0OPS","account":"user98765-4321-0123-4567-890123456789","server_name":"web-1","server_id":"a6bbde9c-c6df-11f0-8cdf-525400792197","hours":1,"typed":"1 hour","created_at":1795751340816021,"deadline":1795752240816021,"decider":"U0BOB","decided_at":1795751372789343,"reason":"0xhost could not be reached: it refuses the connection","attempts":1,"first_try":1795751372798837,"retry_at":1795751374916819,"owner":"process-XKRNTBDJSRVS"}','H4qKveWJU4sEqA3CFL8ZNV_Eg897CwY8MfzAEsQjkYM');
CREATE TABLE notes (
    order_id TEXT   NOT NULL PRIMARY KEY,
    noted_at BIGINT NOT NULL,
    complete BIGINT NOT NULL,
    ids      TEXT   NOT NULL
);
INSERT INTO notes VALUES('01nghzdb-g7vp42xq',1795751339902441,1,'[]');
INSERT INTO notes VALUES('01nghzdc-h5agz6p8',1795751340208856,1,'[]');
INSERT INTO notes VALUES('01nghzdc-hxgwhnkr',1795751340513391,1,'[]');
INSERT INTO notes VALUES('01nghzdc-ceg9ckbz',1795751340817058,1,'[]');
INSERT INTO notes VALUES('01nghzdd-dtedehx0',1795751341132120,1,'["2208101f-9715-400e-a892-39ebdec8f2cb"]');
CREATE TABLE moved (
    at   BIGINT NOT NULL,
    mark TEXT   NOT NULL
);
CREATE TABLE river_leader (
    elected_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    leader_id text NOT NULL,
    name text PRIMARY KEY NOT NULL DEFAULT 'default' CHECK (name = 'default'),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT leader_id_length CHECK (length(leader_id) > 0 AND length(leader_id) < 128)
);
INSERT INTO river_leader VALUES('2026-11-27 03:48:57.717','2026-11-27 03:49:47.726','process-XKRNTBDJSRVS','default');
CREATE TABLE river_migration (
    line text NOT NULL,
    version integer NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT line_length CHECK (length(line) > 0 AND length(line) < 128),
    CONSTRAINT version_gte_1 CHECK (version >= 1),
    PRIMARY KEY (line, version)
);
INSERT INTO river_migration VALUES('main',1,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',2,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',3,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',4,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',5,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',6,'2026-11-27 03:48:56');
INSERT INTO river_migration VALUES('main',7,'2026-11-27 03:48:56');
CREATE TABLE river_notification (
    id integer PRIMARY KEY AUTOINCREMENT,
    created_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (length(topic) > 0 AND length(topic) < 128)
);
INSERT INTO river_notification VALUES(1,'2026-11-27 03:48:58.566','{"queue": "default"}','river_insert');
INSERT INTO river_notification VALUES(2,'2026-11-27 03:49:31.443','{"queue": "default"}','river_insert');
INSERT INTO river_notification VALUES(3,'2026-11-27 03:49:31.754','{"queue": "placing"}','river_insert');
CREATE TABLE river_job (
    id integer PRIMARY KEY, -- SQLite makes this autoincrementing automatically
    args blob NOT NULL DEFAULT (jsonb('{}')),
    attempt integer NOT NULL DEFAULT 0,
    attempted_at timestamp,
    attempted_by blob, -- json
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    errors blob, -- json
    finalized_at timestamp,
    kind text NOT NULL,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    priority integer NOT NULL DEFAULT 1,
    queue text NOT NULL DEFAULT 'default',
    state text NOT NULL DEFAULT 'available',
    scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags blob NOT NULL DEFAULT (jsonb('[]')),
    unique_key blob,
    unique_states integer, max_attempts integer NOT NULL DEFAULT 25,
    CONSTRAINT finalized_or_finalized_at_null CHECK (
        (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded')) OR
        (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
    ),
    CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
    CONSTRAINT queue_length CHECK (length(queue) > 0 AND length(queue) < 128),
    CONSTRAINT kind_length CHECK (length(kind) > 0 AND length(kind) < 128),
    CONSTRAINT state_valid CHECK (state IN ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'))
);
INSERT INTO river_job VALUES(1,X'cc19574f72646572c71130316e67687a64382d6a346b636333776b',1,'2026-11-27 03:48:58.780',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:56.336',NULL,'2026-11-27 03:48:58.781','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:48:57.335',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(2,X'cc19574f72646572c71130316e67687a64382d6a346b636333776b',1,'2026-11-27 03:49:12.585',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:57.335',NULL,'2026-11-27 03:49:12.586','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:12.335',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(3,X'cc19574f72646572c71130316e67687a64612d3661747766673439',1,'2026-11-27 03:49:13.125',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.024',NULL,'2026-11-27 03:49:13.126','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:13.023',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(4,X'cc19574f72646572c71130316e67687a64612d3661747766673439',1,'2026-11-27 03:49:13.337',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.336',NULL,'2026-11-27 03:49:13.338','extendbot_place',X'0c',1,'placing','completed','2026-11-27 03:49:13.336',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(5,X'cc19574f72646572c71130316e67687a64612d3661747766673439',0,NULL,NULL,'2026-11-27 03:48:58.348',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:48.348',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(6,X'cc19574f72646572c71130316e67687a64612d3661747766673439',1,'2026-11-27 03:49:13.645',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.361',NULL,'2026-11-27 03:49:13.646','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:13.361',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(7,X'cc19574f72646572c71130316e67687a64612d6732673936733368',1,'2026-11-27 03:49:14.156',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.674',NULL,'2026-11-27 03:49:14.157','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:13.674',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(8,X'cc19574f72646572c71130316e67687a64612d6732673936733368',1,'2026-11-27 03:49:14.405',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.978',NULL,'2026-11-27 03:49:14.407','extendbot_place',X'0c',1,'placing','completed','2026-11-27 03:49:13.978',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(9,X'cc19574f72646572c71130316e67687a64612d6732673936733368',0,NULL,NULL,'2026-11-27 03:48:58.980',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:48.980',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(10,X'cc19574f72646572c71130316e67687a64612d6732673936733368',1,'2026-11-27 03:49:14.156',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:58.981',NULL,'2026-11-27 03:49:14.157','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:13.982',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(11,X'cc19574f72646572c71130316e67687a64622d34366763726b7631',1,'2026-11-27 03:49:14.680',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:59.285',NULL,'2026-11-27 03:49:14.681','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:14.285',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(12,X'cc19574f72646572c71130316e67687a64622d34366763726b7631',1,'2026-11-27 03:49:14.680',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:59.591',NULL,'2026-11-27 03:49:14.681','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:14.592',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(13,X'cc19574f72646572c71130316e67687a64622d6737767034327871',1,'2026-11-27 03:49:15.202',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:48:59.901',NULL,'2026-11-27 03:49:15.203','extendbot_tend',X'0c',1,'default','completed','2026-11-27 03:49:14.901',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(14,X'cc19574f72646572c71130316e67687a64632d683561677a367038',0,'2026-11-27 03:49:15.705',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:00.207',NULL,NULL,'extendbot_tend',X'ac77736e6f6f7a65731331',1,'default','scheduled','2026-11-27 04:04:00.207',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(15,X'cc19574f72646572c71130316e67687a64632d68786777686e6b72',0,'2026-11-27 03:49:15.705',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:00.512',NULL,NULL,'extendbot_tend',X'ac77736e6f6f7a65731331',1,'default','scheduled','2026-11-27 04:04:00.512',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(16,X'cc19574f72646572c71130316e67687a64632d63656739636b627a',0,'2026-11-27 03:49:16.237',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:00.816',NULL,NULL,'extendbot_tend',X'ac77736e6f6f7a65731331',1,'default','scheduled','2026-11-27 04:04:00.816',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(17,X'cc19574f72646572c71130316e67687a64642d6474656465687830',0,'2026-11-27 03:49:16.237',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:01.131',NULL,NULL,'extendbot_tend',X'ac77736e6f6f7a65731331',1,'default','scheduled','2026-11-27 04:04:01.131',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(18,X'cc19574f72646572c71130316e67687a64622d6737767034327871',0,'2026-11-27 03:49:16.503',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:01.437',NULL,NULL,'extendbot_place',X'ac77736e6f6f7a65731331',1,'placing','scheduled','2026-11-27 03:49:46.507',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(19,X'cc19574f72646572c71130316e67687a64622d6737767034327871',0,NULL,NULL,'2026-11-27 03:49:01.441',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:51.440',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(20,X'cc19574f72646572c71130316e67687a64622d6737767034327871',0,NULL,NULL,'2026-11-27 03:49:31.443',NULL,NULL,'extendbot_tend',X'0c',1,'default','scheduled','2026-11-27 03:49:46.443',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(21,X'cc19574f72646572c71130316e67687a64622d6737767034327871',0,'2026-11-27 03:49:31.457',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:31.443',NULL,NULL,'extendbot_look_up',X'ac77736e6f6f7a65731331',1,'default','available','2026-11-27 03:49:36.443',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(22,X'cc19574f72646572c71130316e67687a64632d683561677a367038',0,NULL,NULL,'2026-11-27 03:49:31.749',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:46.747',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(23,X'cc19574f72646572c71130316e67687a64632d683561677a367038',0,NULL,NULL,'2026-11-27 03:49:31.751',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:50:21.751',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(24,X'cc19574f72646572c71130316e67687a64632d683561677a367038',0,'2026-11-27 03:49:31.838',X'cb16c71470726f636573732d584b524e5442444a53525653','2026-11-27 03:49:31.753',NULL,NULL,'extendbot_place',X'ac77736e6f6f7a65731331',1,'placing','scheduled','2026-11-27 03:49:41.756',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(25,X'cc19574f72646572c71130316e67687a64632d68786777686e6b72',0,NULL,NULL,'2026-11-27 03:49:32.253',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:47.253',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(26,X'cc19574f72646572c71130316e67687a64632d68786777686e6b72',0,NULL,NULL,'2026-11-27 03:49:32.277',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:50:22.276',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(27,X'cc19574f72646572c71130316e67687a64632d63656739636b627a',0,NULL,NULL,'2026-11-27 03:49:32.792',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:49:47.789',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(28,X'cc19574f72646572c71130316e67687a64632d63656739636b627a',0,NULL,NULL,'2026-11-27 03:49:32.799',NULL,NULL,'extendbot_place',X'0c',1,'placing','scheduled','2026-11-27 03:50:22.799',X'0b',NULL,NULL,32000);
INSERT INTO river_job VALUES(29,X'cc19574f72646572c71130316e67687a64632d63656739636b627a',0,NULL,NULL,'2026-11-27 03:49:32.804',NULL,NULL,'extendbot_place',X'0c',1,'placing','available','2026-11-27 03:49:34.917',X'0b',NULL,NULL,32000);
CREATE TABLE river_queue (
    name text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO river_queue VALUES('default','2026-11-27 03:48:56.031',X'0c',NULL,'2026-11-27 03:48:57.718');
INSERT INTO river_queue VALUES('placing','2026-11-27 03:48:56.032',X'0c',NULL,'2026-11-27 03:48:57.718');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('extendbot_version',10);
INSERT INTO sqlite_sequence VALUES('river_notification',3);
CREATE UNIQUE INDEX orders_request ON orders (request_key);
CREATE INDEX orders_server ON orders (server_id, created_at);
CREATE INDEX orders_person ON orders (requester, created_at);
CREATE INDEX orders_open ON orders (created_at)
    WHERE state IN ('pending', 'approved', 'placing') OR card_version < version
       OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version);
CREATE UNIQUE INDEX orders_holder ON orders (server_id)
    WHERE state IN ('approved', 'placing', 'unknown');
CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;
CREATE INDEX orders_host_order ON orders (host_order) WHERE host_order <> '';
CREATE TRIGGER history_no_replace BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE order_id = NEW.order_id AND version = NEW.version)
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;
CREATE INDEX orders_newest ON orders ((created_at + 0), id);
CREATE INDEX orders_server_name ON orders (server_name, created_at) WHERE server_name <> '';
CREATE INDEX orders_server_pending ON orders (server_id, created_at) WHERE state = 'pending';
CREATE INDEX orders_server_ended ON orders (server_id, changed_at) WHERE state IN ('placed', 'not_placed');
CREATE INDEX orders_person_pending ON orders (requester, server_id) WHERE state = 'pending' AND requester <> '';
CREATE INDEX river_notification_created_at_idx ON river_notification (created_at);
CREATE INDEX river_notification_topic_id_idx ON river_notification (topic, id);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
    WHERE unique_key IS NOT NULL
        AND unique_states IS NOT NULL
        AND CASE state
            WHEN 'available' THEN unique_states & (1 << 0)
            WHEN 'cancelled' THEN unique_states & (1 << 1)
            WHEN 'completed' THEN unique_states & (1 << 2)
            WHEN 'discarded' THEN unique_states & (1 << 3)
            WHEN 'pending'   THEN unique_states & (1 << 4)
            WHEN 'retryable' THEN unique_states & (1 << 5)
            WHEN 'running'   THEN unique_states & (1 << 6)
            WHEN 'scheduled' THEN unique_states & (1 << 7)
            ELSE 0
        END >= 1;
