-- What becomes of the leads of the cleaning unit, asked in its running system's own tables.
-- metrics: cleaning-course
-- source: renos
-- companies: rendetalje
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Leads of four months, quoted before they came in, at the same moment and after, with jobs in any order.
UPDATE renos.leads SET created_at = timestamptz '2026-01-02 22:30Z' + score * 47 % 2900 * interval '1 hour';
CREATE FUNCTION spread_quote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW.lead_id := coalesce((SELECT id FROM renos.leads WHERE id = 'cmlead' || (n % 53 + 1)), NEW.lead_id);
    NEW.created_at := (SELECT created_at FROM renos.leads WHERE id = NEW.lead_id)
        + (n * 13 % 40 - 6) * interval '7 hours';
    NEW.status := (ARRAY['sent', 'Draft ', 'accepted', 'rejected'])[n % 4 + 1];
    RETURN NEW;
END $$;
CREATE FUNCTION spread_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW.lead_id := CASE WHEN n % 5 > 0 THEN (SELECT id FROM renos.leads WHERE id = 'cmlead' || (n * 3 % 53 + 1)) END;
    NEW.scheduled_at := timestamptz '2026-01-04 07:00Z' + n * 43 % 3900 * interval '1 hour';
    NEW.status := (ARRAY['scheduled', 'completed', 'cancelled', 'Completed '])[n % 4 + 1];
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE INSERT OR UPDATE ON renos.quotes FOR EACH ROW EXECUTE FUNCTION spread_quote();
CREATE TRIGGER spread BEFORE INSERT OR UPDATE ON renos.bookings FOR EACH ROW EXECUTE FUNCTION spread_job();
UPDATE renos.quotes SET notes = notes;
UPDATE renos.bookings SET notes = notes;
CREATE FUNCTION days_between(earlier timestamptz, later timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM later - earlier)::float8 / 86400 $$;
-- The leads of some days and how they went.
CREATE FUNCTION course(first date, after date, today date, zone text) RETURNS TABLE (
        lead timestamptz, quoted timestamptz, job timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT created_at, quoted, job FROM renos.leads l,
        LATERAL (SELECT min(q.created_at) AS quoted FROM renos.quotes q WHERE q.lead_id = l.id
            AND lower(btrim(q.status)) <> 'draft' AND q.created_at >= l.created_at
            AND (q.created_at AT TIME ZONE zone)::date <= today) t1,
        LATERAL (SELECT min(b.scheduled_at) AS job FROM renos.bookings b WHERE b.lead_id = l.id
            AND lower(btrim(b.status)) <> 'cancelled' AND b.scheduled_at >= quoted
            AND (b.scheduled_at AT TIME ZONE zone)::date <= today) t2
    WHERE (created_at AT TIME ZONE zone)::date >= first AND (created_at AT TIME ZONE zone)::date < after $$;

-- change: a job is called off, a lead is struck off
UPDATE renos.bookings SET actual_duration = 60 WHERE right(id, 1) = '2';
DELETE FROM renos.leads WHERE score % 17 = 3;

-- metric: cleaning_course_lead
SELECT count(*) AS value FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_quoted
SELECT count(quoted) AS value FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_quoted_of_first
SELECT round(count(quoted)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_quoted_of_previous
SELECT round(count(quoted)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_quoted_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(lead, quoted)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_job
SELECT count(job) AS value FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_job_of_first
SELECT round(count(job)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_job_of_previous
SELECT round(count(job)::numeric / nullif(count(quoted), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: cleaning_course_job_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(quoted, job)) AS value
FROM course(:from, :until, :today, :zone);
