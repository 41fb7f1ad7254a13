-- Sums are read by trait (what was counted) as well as by hour (when): each way in its own order, without sorting.

CREATE TABLE sums (
    trait_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,                        -- of packet time, since the epoch
    count INTEGER NOT NULL,
    PRIMARY KEY (trait_id, hour)
) WITHOUT ROWID;
INSERT INTO sums SELECT trait_id, hour, count FROM hourly ORDER BY trait_id, hour;
DROP TABLE hourly;
ALTER TABLE sums RENAME TO hourly;
CREATE INDEX hourly_by_hour ON hourly (hour, trait_id, count);
