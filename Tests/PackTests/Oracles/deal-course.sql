-- How far deals come and how long they stay in a stage, asked in the journal of their own table.
-- metrics: deal-course
-- source: crm
-- companies: tekup
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-05-31

-- Deals of the whole half-year: entered before they were first read, between changes, and after all.
UPDATE crm."CrmDeal" SET "createdAt" = timestamp '2026-01-01 23:30' + substring(id FROM '[0-9]+')::int * 59 % 3500
        * interval '1 hour',
    stage = (ARRAY['qualification', ' Proposal', 'negotiation', 'closed_won', 'closed_lost', 'qualification'])
        [substring(id FROM '[0-9]+')::int % 6 + 1],
    status = (ARRAY['open', 'open', 'Open ', 'won', 'lost'])[substring(id FROM '[0-9]+')::int % 5 + 1]
    WHERE id ~ '[0-9]';
CREATE FUNCTION days_between(earlier timestamptz, later timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM later - earlier)::float8 / 86400 $$;
CREATE FUNCTION stage_rank(stage text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE stage WHEN 'proposal' THEN 1 WHEN 'negotiation' THEN 2 WHEN 'closed_won' THEN 3 ELSE 0 END $$;
CREATE VIEW deal AS
    SELECT id, "createdAt" AT TIME ZONE 'UTC' AS created, lower(btrim(status)) AS status FROM crm."CrmDeal";
-- Stays: each begins with a change that the reader saw, and ends with the next one. When one began that
-- lasted already at first is not known; a row that came later tells when it began.
CREATE VIEW stay AS
    SELECT t.key, t.past, t.stage, t.moment, lead(t.moment) OVER later AS ended,
        CASE WHEN t.is_first THEN least(t.moment, d.created) ELSE t.moment END AS began
    FROM (
        SELECT *, row_number() OVER earlier = 1 AS is_first, lag(stage) OVER earlier AS past
        FROM (SELECT key, moment, lower(btrim(held ->> 'stage')) AS stage FROM as_seen('CrmDeal')) seen
        WINDOW earlier AS (PARTITION BY key ORDER BY moment)) t
    LEFT JOIN deal d ON d.id = t.key
    WHERE t.is_first OR t.stage IS DISTINCT FROM t.past
    WINDOW later AS (PARTITION BY t.key ORDER BY t.moment);
-- When a deal first came so far: with its entry if its stage was so far then, else with a change after.
CREATE FUNCTION came(deal text, far int, held int, entered timestamptz, since timestamptz, today date, zone text)
    RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN held >= far THEN since ELSE (
        SELECT min(moment) FROM stay WHERE key = deal AND stage_rank(stage) >= far AND moment > entered
            AND moment >= since AND (moment AT TIME ZONE zone)::date <= today) END $$;
-- The deals of some days and how they went; `held` is how far a deal was on entering.
CREATE FUNCTION course(first date, after date, today date, zone text) RETURNS TABLE (
        held int, entered timestamptz, proposal timestamptz, negotiation timestamptz, won timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT held, created, proposal, negotiation, won FROM deal d,
        LATERAL (SELECT stage_rank(stage) AS held FROM stay WHERE key = d.id
            ORDER BY moment > created, CASE WHEN moment <= created THEN moment END DESC, moment LIMIT 1) t0,
        LATERAL (SELECT came(d.id, 1, held, created, created, today, zone) AS proposal) t1,
        LATERAL (SELECT came(d.id, 2, held, created, proposal, today, zone) AS negotiation) t2,
        LATERAL (SELECT came(d.id, 3, held, created, negotiation, today, zone) AS won) t3
    WHERE (created AT TIME ZONE zone)::date >= first AND (created AT TIME ZONE zone)::date < after $$;

-- change: deals move on and back, some are entered now
UPDATE crm."CrmDeal" SET stage = 'Negotiation'
    WHERE lower(btrim(stage)) = 'proposal' AND right(id, 1) IN ('1', '3', '7');
UPDATE crm."CrmDeal" SET stage = 'qualification' WHERE stage = 'negotiation' AND right(id, 1) IN ('2', '8');
UPDATE crm."CrmDeal" SET stage = 'PROPOSAL' WHERE stage = 'qualification' AND right(id, 1) IN ('0', '5');
INSERT INTO crm."CrmDeal" (id, title, value, stage, owner, status, "createdAt", "updatedAt")
    SELECT 'late' || n, 'Late', n, (ARRAY['qualification', 'proposal', 'negotiation', 'closed_won'])[n % 4 + 1],
        'bo', 'open', c.now + (n % 7 - 3) * interval '11 hours', c.now
    FROM generate_series(1, 40) n, (SELECT moment AT TIME ZONE 'UTC' AS now FROM test_clock) c;

-- change: they come back, words change that mean the same, two steps of one day are seen as one
UPDATE crm."CrmDeal" SET stage = 'negotiation ' WHERE stage = 'Negotiation';
UPDATE crm."CrmDeal" SET stage = 'negotiation' WHERE stage = 'qualification' AND right(id, 1) IN ('2', '8');
UPDATE crm."CrmDeal" SET stage = 'closed_won' WHERE stage = 'negotiation' AND right(id, 1) = '8';
UPDATE crm."CrmDeal" SET stage = 'proposal' WHERE id LIKE 'late%' AND stage = 'qualification';

-- change: some are won, some lost, some are gone
UPDATE crm."CrmDeal" SET stage = 'closed_won', status = 'won'
    WHERE lower(btrim(stage)) = 'negotiation' AND right(id, 1) IN ('1', '2');
UPDATE crm."CrmDeal" SET stage = 'closed_lost', status = 'Lost'
    WHERE lower(btrim(stage)) = 'proposal' AND right(id, 1) IN ('5', '9');
UPDATE crm."CrmDeal" SET stage = 'closed_won' WHERE id LIKE 'late%' AND stage = 'proposal' AND right(id, 1) <> '5';
DELETE FROM crm."CrmDeal" WHERE right(id, 1) = '4' AND id NOT LIKE 'late%';

-- metric: deal_course_entered
SELECT count(*) AS value FROM course(:from, :until, :today, :zone);

-- metric: deal_course_proposal
SELECT count(proposal) AS value FROM course(:from, :until, :today, :zone);

-- metric: deal_course_proposal_of_first
SELECT round(count(proposal)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_proposal_of_previous
SELECT round(count(proposal)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_proposal_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(entered, proposal)) FILTER (WHERE held < 1) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_negotiation
SELECT count(negotiation) AS value FROM course(:from, :until, :today, :zone);

-- metric: deal_course_negotiation_of_first
SELECT round(count(negotiation)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_negotiation_of_previous
SELECT round(count(negotiation)::numeric / nullif(count(proposal), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_negotiation_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(proposal, negotiation)) FILTER (WHERE held < 2) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_won
SELECT count(won) AS value FROM course(:from, :until, :today, :zone);

-- metric: deal_course_won_of_first
SELECT round(count(won)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_won_of_previous
SELECT round(count(won)::numeric / nullif(count(negotiation), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: deal_course_won_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(negotiation, won)) FILTER (WHERE held < 3) AS value
FROM course(:from, :until, :today, :zone);

-- metric: days_in_stage
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(began, ended)) AS value
FROM (SELECT key, ended, nullif(began, '-infinity') AS began FROM stay
    WHERE stage IN ('qualification', 'proposal', 'negotiation')) s
    LEFT JOIN deal ON deal.id = key
WHERE deal.status IS DISTINCT FROM 'lost'
    AND (ended AT TIME ZONE :zone)::date >= :from AND (ended AT TIME ZONE :zone)::date < :until;

-- metric: age_in_stage
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, :today - (began AT TIME ZONE :zone)::date)::float8)
    AS value
FROM stay JOIN deal ON deal.id = key
WHERE ended IS NULL AND began > '-infinity' AND stage IN ('qualification', 'proposal', 'negotiation')
    AND deal.status = 'open';
