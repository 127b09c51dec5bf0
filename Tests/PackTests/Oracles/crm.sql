-- The group's pipeline of deals, asked in its own tables.
-- metrics: crm
-- source: crm
-- companies: tekup
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Deals all over the half-year, whose stage and status often contradict each other.
CREATE FUNCTION spread_deal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW."createdAt" := timestamp '2026-01-01 23:30' + n * 59 % 4000 * interval '1 hour';
    NEW.status := CASE WHEN n % 13 = 0 THEN 'Won ' WHEN n % 11 = 0 THEN 'open' ELSE NEW.status END;
    NEW."actualCloseDate" := CASE WHEN (NEW.status <> 'open' OR NEW.stage LIKE 'closed%') AND n % 8 > 0
        THEN NEW."createdAt" + n % 45 * interval '1 day' + interval '3 hours' END;
    NEW."expectedCloseDate" := CASE WHEN n % 7 > 0
        THEN NEW."createdAt" + 10 * interval '1 day' + n % 80 * interval '1 day' END;
    RETURN NEW;
END $$;
CREATE FUNCTION spread_activity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW."occurredAt" := timestamp '2026-01-02 22:15' + n * 37 % 4200 * interval '1 hour';
    NEW.type := (ARRAY['call', 'meeting', 'email'])[n % 3 + 1];
    NEW."durationMinutes" := CASE WHEN n % 4 > 0 THEN n % 90 END;
    NEW."dealId" := CASE WHEN n % 5 > 0 THEN 'de' || (n % 6 + 1) END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON crm."CrmDeal" FOR EACH ROW EXECUTE FUNCTION spread_deal();
CREATE TRIGGER spread BEFORE UPDATE ON crm."CrmActivity"
    FOR EACH ROW EXECUTE FUNCTION spread_activity();
UPDATE crm."CrmDeal" SET title = title;
UPDATE crm."CrmActivity" SET owner = owner;
DROP TRIGGER spread ON crm."CrmDeal";
DROP TRIGGER spread ON crm."CrmActivity";
CREATE TRIGGER spread BEFORE INSERT ON crm."CrmDeal" FOR EACH ROW EXECUTE FUNCTION spread_deal();
CREATE TRIGGER spread BEFORE INSERT ON crm."CrmActivity"
    FOR EACH ROW EXECUTE FUNCTION spread_activity();
UPDATE crm."CrmDeal" SET "createdAt" = '2026-03-01 08:00' WHERE id LIKE 'odd%';
CREATE FUNCTION local_day(at timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE VIEW deal AS
    SELECT id, lower(btrim(stage)) AS stage, lower(btrim(status)) AS status,
        round(value::text::numeric, 2) AS value, upper(btrim(currency)) AS currency, probability,
        "createdAt" AS created, "expectedCloseDate" AS expected, "actualCloseDate" AS closed
    FROM crm."CrmDeal";
CREATE VIEW activity AS SELECT *, "occurredAt" AS occurred FROM crm."CrmActivity";
-- What one day's changes of stages come to.
CREATE VIEW moved AS
    SELECT moment FROM (
        SELECT *, lag(present) OVER (PARTITION BY key ORDER BY moment) AS past
        FROM (
            SELECT DISTINCT ON (key, moment) key, moment, a.held AS present
            FROM audit a WHERE place = 'CrmDeal' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z'
        AND lower(btrim(present ->> 'stage')) <> lower(btrim(past ->> 'stage'));

-- change: deals move on and back
UPDATE crm."CrmDeal" SET stage = 'Negotiation', probability = 80
    WHERE stage = 'proposal' AND right(id, 1) IN ('1', '6');
UPDATE crm."CrmDeal" SET stage = 'qualification' WHERE stage = 'negotiation' AND right(id, 1) = '2';
UPDATE crm."CrmDeal" SET status = 'lost', "actualCloseDate" = '2026-05-11 22:30', "lostReason" = 'price'
    WHERE status = 'open' AND right(id, 1) = '5';

-- change: and are won, or opened again
UPDATE crm."CrmDeal" SET status = 'won' WHERE stage = 'closed_won' AND right(id, 1) IN ('0', '3', '8');
UPDATE crm."CrmDeal" SET status = 'open', "actualCloseDate" = NULL
    WHERE status = 'lost' AND right(id, 2) IN ('15', '45');
UPDATE crm."CrmDeal" SET value = value * 1.1, currency = 'SEK' WHERE right(id, 2) IN ('16', '32');
DELETE FROM crm."CrmDeal" WHERE id IN ('de27', 'de61');
UPDATE crm."CrmDeal" SET stage = 'closed_lost' WHERE lower(stage) = 'negotiation' AND right(id, 1) = '1';

-- metric: deals
SELECT count(*) AS value FROM deal
WHERE local_day(created, :zone) >= :from AND local_day(created, :zone) < :until;

-- metric: deal_value
SELECT sum(value) AS value, currency FROM deal
WHERE local_day(created, :zone) >= :from AND local_day(created, :zone) < :until GROUP BY currency;

-- metric: open_deals
SELECT count(*) AS value FROM deal WHERE status = 'open';

-- metric: open_deal_value
SELECT sum(value) AS value, currency FROM deal WHERE status = 'open' GROUP BY currency;

-- metric: open_deal_share
SELECT CASE WHEN sum(value) <> 0 THEN 1 END AS value, currency FROM deal
WHERE status = 'open' GROUP BY currency;

-- metric: qualification_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND stage = 'qualification' GROUP BY currency;

-- metric: proposal_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND stage = 'proposal' GROUP BY currency;

-- metric: negotiation_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND stage = 'negotiation' GROUP BY currency;

-- metric: stage_weighted_value
SELECT sum(value * CASE stage WHEN 'qualification' THEN 0.2 WHEN 'proposal' THEN 0.5
    WHEN 'negotiation' THEN 0.75 ELSE 0 END) AS value, currency FROM deal
WHERE status = 'open' GROUP BY currency;

-- metric: open_deals_without_chance
SELECT count(*) AS value FROM deal WHERE status = 'open' AND probability IS NULL;

-- metric: average_chance
SELECT round(avg(probability), 12) AS value FROM deal WHERE status = 'open';

-- metric: deals_at_end
SELECT CASE WHEN :until > known_since(:zone) THEN count(*) END AS value
FROM as_it_stood('CrmDeal', :until, :zone) then_row JOIN deal ON deal.id = then_row ->> 'id'
WHERE lower(btrim(then_row ->> 'status')) = 'open' AND local_day(deal.created, :zone) < :until;

-- metric: deal_value_at_end
SELECT sum(round((then_row ->> 'value')::numeric, 2)) AS value, deal.currency
FROM as_it_stood('CrmDeal', :until, :zone) then_row JOIN deal ON deal.id = then_row ->> 'id'
WHERE :until > known_since(:zone) AND lower(btrim(then_row ->> 'status')) = 'open'
    AND local_day(deal.created, :zone) < :until
GROUP BY deal.currency;

-- metric: won_deals
SELECT count(*) AS value FROM deal
WHERE status = 'won' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: won_deal_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'won' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until
GROUP BY currency;

-- metric: lost_deals
SELECT count(*) AS value FROM deal
WHERE status = 'lost' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: lost_deal_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'lost' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until
GROUP BY currency;

-- metric: deal_win_rate
SELECT round(avg((status = 'won')::int), 12) AS value FROM deal
WHERE status IN ('won', 'lost')
    AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: deal_value_win_rate
SELECT round(sum(CASE status WHEN 'won' THEN value ELSE 0 END) / nullif(sum(value), 0), 12) AS value,
    currency
FROM deal
WHERE status IN ('won', 'lost')
    AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until
GROUP BY currency;

-- metric: average_deal
SELECT avg(value) AS value, currency FROM deal
WHERE status = 'won' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until
GROUP BY currency;

-- metric: days_to_close
SELECT percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM closed - created)::float8) / 86400 AS value FROM deal
WHERE status = 'won' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: won_deals_by_stage
SELECT count(*) AS value FROM deal
WHERE stage = 'closed_won' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: lost_deals_by_stage
SELECT count(*) AS value FROM deal
WHERE stage = 'closed_lost' AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: deal_win_rate_by_stage
SELECT round(avg((stage = 'closed_won')::int), 12) AS value FROM deal
WHERE stage IN ('closed_won', 'closed_lost')
    AND local_day(closed, :zone) >= :from AND local_day(closed, :zone) < :until;

-- metric: won_stage_not_status
SELECT count(*) AS value FROM deal WHERE stage = 'closed_won' AND status <> 'won';

-- metric: lost_stage_not_status
SELECT count(*) AS value FROM deal WHERE stage = 'closed_lost' AND status <> 'lost';

-- metric: closed_status_not_stage
SELECT count(*) AS value FROM deal WHERE stage NOT LIKE 'closed%' AND status IN ('won', 'lost');

-- metric: contradicting_deals
SELECT count(*) AS value FROM deal
WHERE status <> CASE stage WHEN 'closed_won' THEN 'won' WHEN 'closed_lost' THEN 'lost' ELSE 'open' END;

-- metric: contradicting_open_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND stage IN ('closed_won', 'closed_lost') GROUP BY currency;

-- metric: closed_without_day
SELECT count(*) AS value FROM deal WHERE status IN ('won', 'lost') AND closed IS NULL;

-- metric: expected_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND local_day(expected, :zone) >= :from AND local_day(expected, :zone) < :until
GROUP BY currency;

-- metric: expected_deals
SELECT count(*) AS value FROM deal
WHERE status = 'open' AND local_day(expected, :zone) >= :from AND local_day(expected, :zone) < :until;

-- metric: late_deals
SELECT count(*) AS value FROM deal WHERE status = 'open' AND local_day(expected, :zone) < :end;

-- metric: late_deal_value
SELECT sum(value) AS value, currency FROM deal
WHERE status = 'open' AND local_day(expected, :zone) < :end GROUP BY currency;

-- metric: stage_moves
SELECT count(*) AS value FROM moved
WHERE (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: activities
SELECT count(*) AS value FROM activity
WHERE local_day(occurred, :zone) >= :from AND local_day(occurred, :zone) < :until;

-- metric: activity_minutes
SELECT coalesce(sum("durationMinutes"), 0) AS value FROM activity
WHERE local_day(occurred, :zone) >= :from AND local_day(occurred, :zone) < :until;

-- metric: touched_deals
SELECT count(DISTINCT "dealId") AS value FROM activity
WHERE local_day(occurred, :zone) >= :from AND local_day(occurred, :zone) < :until;

-- metric: due_contacts
SELECT count(*) AS value FROM crm."CrmContact" WHERE local_day("nextFollowUp", :zone) < :end;
