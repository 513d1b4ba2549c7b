-- Public tips: what somebody told, who will never be found in here. Everything that could tell is sealed under a key that
-- lies outside the database; days stand where a moment could date a person.

CREATE TABLE tips (
    -- immutable
    id             uuid NOT NULL PRIMARY KEY, -- random; the stream of its events
    area           text COLLATE "C" NOT NULL,
    campaign       text COLLATE "C",
    received_on    date NOT NULL,
    anonymous      boolean NOT NULL,
    wants_feedback boolean NOT NULL,
    wants_reward   boolean NOT NULL,
    -- mutable
    version        bigint NOT NULL CHECK (version >= 1),
    status         text COLLATE "C" NOT NULL,
    standing       text COLLATE "C" NOT NULL, -- JSON: what the office decided, in codes, amounts and days
    hazard_id      uuid REFERENCES hazards (id), -- what it was found to tell of; nothing in the hazard leads back here
    erase_on       date NOT NULL, -- when its key is destroyed; 9999-12-31 while it is not closed
    -- gone once it is erased, all at once
    receipt        bytea CONSTRAINT tips_receipt_key UNIQUE CHECK (octet_length(receipt) = 32), -- keyed digest
    passphrase     text COLLATE "C", -- Argon2id
    key_name       text COLLATE "C", -- of the file that holds the key
    told           bytea, -- sealed: the words of the report
    contact        bytea, -- sealed: who gave them; null for an anonymous tip
    CONSTRAINT tips_erased_whole CHECK ((receipt IS NULL) = (passphrase IS NULL)
        AND (receipt IS NULL) = (key_name IS NULL) AND (receipt IS NULL) = (told IS NULL)),
    CONSTRAINT tips_contact_of_somebody CHECK (contact IS NULL OR (NOT anonymous AND told IS NOT NULL))
);
CREATE INDEX tips_by_received_on ON tips (received_on, id, area);
CREATE INDEX tips_by_status ON tips (status, received_on, id);
CREATE INDEX tips_by_hazard ON tips (hazard_id) WHERE hazard_id IS NOT NULL;
CREATE INDEX tips_by_erase_on ON tips (erase_on, id) WHERE erase_on < '9999-12-31';
CREATE INDEX tips_by_key ON tips (key_name) WHERE key_name IS NOT NULL;

CREATE TABLE tip_words (
    -- immutable; gone once the tip is erased
    id         uuid NOT NULL PRIMARY KEY, -- random, or that of a repeated request
    tip_id     uuid NOT NULL REFERENCES tips (id),
    version    bigint NOT NULL CHECK (version >= 1), -- the event that they came with
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('tipster', 'officer', 'action')),
    written_on date NOT NULL,
    sealed     bytea NOT NULL,
    CONSTRAINT tip_words_once UNIQUE (tip_id, version)
);

CREATE TABLE tip_photos (
    -- immutable; gone once the tip is erased, or when nobody claims it
    id          uuid NOT NULL PRIMARY KEY, -- random; whoever knows it may name it in a tip
    object      text COLLATE "C" NOT NULL, -- random name of the sealed bytes in the object store
    media_type  text COLLATE "C" NOT NULL,
    size        bigint NOT NULL CHECK (size > 0), -- of the photograph, in bytes
    uploaded_on date NOT NULL,
    -- mutable: a tip claims it once
    tip_id      uuid REFERENCES tips (id),
    key_name    text COLLATE "C", -- of the file that holds its key, until a tip claims it
    sealed_key  bytea, -- its key under that of the tip
    CONSTRAINT tip_photos_claimed_once CHECK ((tip_id IS NULL) = (sealed_key IS NULL)
        AND (tip_id IS NULL) = (key_name IS NOT NULL))
);
CREATE INDEX tip_photos_by_tip ON tip_photos (tip_id, id) WHERE tip_id IS NOT NULL;
CREATE INDEX tip_photos_unclaimed ON tip_photos (uploaded_on, id) WHERE tip_id IS NULL;
CREATE INDEX tip_photos_by_object ON tip_photos (object);
CREATE INDEX tip_photos_by_key ON tip_photos (key_name) WHERE key_name IS NOT NULL;
