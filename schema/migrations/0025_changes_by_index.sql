-- Changes of counts that are not added yet. Planned while these tables are empty, as they are most of the time, a
-- statement would read all of their rows instead of the index, and keep that plan when many changes wait.
CREATE FUNCTION waiting_work_counts(work_ids uuid[])
RETURNS TABLE (work_id uuid, likes int, favorites int, shares int, views int, tips int, tipped_credits int, remixes int)
LANGUAGE plpgsql STABLE ROWS 20 SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT d.work_id, sum(d.likes)::int, sum(d.favorites)::int, sum(d.shares)::int, sum(d.views)::int,
      sum(d.tips)::int, sum(d.tipped_credits)::int, sum(d.remixes)::int
    FROM work_stat_deltas d WHERE d.work_id = ANY (work_ids) GROUP BY d.work_id;
END $$;
--> statement-breakpoint
CREATE FUNCTION waiting_user_counts(user_ids uuid[])
RETURNS TABLE (user_id uuid, followers int, following int)
LANGUAGE plpgsql STABLE ROWS 20 SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT d.user_id, sum(d.followers)::int, sum(d.following)::int
    FROM user_stat_deltas d WHERE d.user_id = ANY (user_ids) GROUP BY d.user_id;
END $$;
