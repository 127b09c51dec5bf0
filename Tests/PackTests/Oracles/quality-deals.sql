-- Faults of the group's pipeline of deals, asked in its own tables.
-- metrics: quality-deals
-- source: crm
-- companies: tekup
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

CREATE FUNCTION spread_deal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW."createdAt" := timestamp '2026-01-01 23:30' + n * 59 % 4000 * interval '1 hour';
    NEW."actualCloseDate" := CASE WHEN n % 23 = 1 THEN timestamp '2026-12-24'
        WHEN n % 4 = 2 THEN NEW."createdAt" + (n % 9 - 3) * interval '1 day' END;
    NEW.value := CASE n % 17 WHEN 3 THEN 0 WHEN 4 THEN -1 ELSE NEW.value END;
    NEW."contactId" := CASE WHEN n % 3 > 0 THEN NEW."contactId" END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON crm."CrmDeal" FOR EACH ROW EXECUTE FUNCTION spread_deal();
UPDATE crm."CrmDeal" SET id = id;
DROP TRIGGER spread ON crm."CrmDeal";
CREATE TRIGGER spread BEFORE INSERT ON crm."CrmDeal" FOR EACH ROW EXECUTE FUNCTION spread_deal();
CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (moment AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE VIEW deal AS SELECT *, lower(btrim(status)) AS word FROM crm."CrmDeal";
CREATE FUNCTION changes_of(word text) RETURNS TABLE (moment timestamptz, old text, new text)
    LANGUAGE sql STABLE AS $$
    SELECT moment, old, new FROM (
        SELECT moment, held AS new, lag(held) OVER (PARTITION BY key ORDER BY moment) AS old
        FROM (SELECT DISTINCT ON (key, moment) key, moment, lower(btrim(audit.held ->> word)) AS held FROM audit
            WHERE place = 'CrmDeal' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z' AND old <> new $$;

-- change: closed deals are open again
UPDATE crm."CrmDeal" SET status = 'open', stage = 'negotiation' WHERE status IN ('won', 'lost') AND right(id, 1) IN ('3', '4');

-- change: once more
UPDATE crm."CrmDeal" SET status = 'Open' WHERE status = 'lost' AND right(id, 1) = '9';
UPDATE crm."CrmDeal" SET stage = 'proposal' WHERE stage = 'closed_won' AND right(id, 1) = '8';

-- metric: deals_of_nobody
SELECT count(*) AS value FROM deal
WHERE "companyId" IS NULL AND "contactId" IS NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_unvalued
SELECT count(*) AS value FROM deal
WHERE value IS NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_worthless
SELECT count(*) AS value FROM deal
WHERE value <= 0
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_closed_ahead
SELECT count(*) AS value FROM deal
WHERE day_of("actualCloseDate", :zone) > :today
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_open_with_day
SELECT count(*) AS value FROM deal
WHERE word = 'open' AND "actualCloseDate" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_closed_before_entry
SELECT count(*) AS value FROM deal
WHERE "actualCloseDate" < "createdAt"
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_of_nothing
SELECT count(*) AS value FROM deal
WHERE (value IS NULL OR value <= 0)
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deals_reopened
SELECT count(*) AS value FROM changes_of('status')
WHERE old IN ('won', 'lost') AND new = 'open'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: deals_stage_set_back
SELECT count(*) AS value FROM changes_of('stage')
WHERE old IN ('closed_won', 'closed_lost') AND new NOT LIKE 'closed%'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: deal_faults
SELECT (SELECT count(*) FILTER (WHERE "companyId" IS NULL AND "contactId" IS NULL)
        + count(*) FILTER (WHERE value IS NULL)
        + count(*) FILTER (WHERE value <= 0)
        + count(*) FILTER (WHERE day_of("actualCloseDate", :zone) > :today)
        + count(*) FILTER (WHERE word = 'open' AND "actualCloseDate" IS NOT NULL)
        + count(*) FILTER (WHERE "actualCloseDate" < "createdAt")
    FROM deal WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until) AS value;
