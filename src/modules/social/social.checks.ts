import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

export const socialChecks: Check[] = [
  {
    invariant: "counts of followers and followed users equal the follows",
    breaches: sql`
      with edges as (
        select f.follower_id, f.followed_id, follower.banned_at is null as has_active_follower,
          followed.banned_at is null as has_active_followed
        from follows f join users follower on follower.id = f.follower_id join users followed on followed.id = f.followed_id),
      counted as (
        select user_id, sum(followers) as followers, sum(following) as following
        from (select user_id, followers, following from user_stats
          union all select user_id, followers, following from user_stat_deltas) as stored
        group by user_id),
      actual as (
        select user_id, count(*) filter (where is_follower) as followers, count(*) filter (where not is_follower) as following
        from (select followed_id as user_id, true as is_follower from edges where has_active_follower
          union all select follower_id, false from edges where has_active_followed) as ends
        group by user_id)
      select format('user %s: %s followers and %s followed are counted, and there are %s and %s', user_id,
        coalesce(counted.followers, 0), coalesce(counted.following, 0),
        coalesce(actual.followers, 0), coalesce(actual.following, 0)) as detail
      from counted full join actual using (user_id)
      where (coalesce(counted.followers, 0), coalesce(counted.following, 0))
        is distinct from (coalesce(actual.followers, 0), coalesce(actual.following, 0))`,
  },
  {
    invariant: "a block leaves no follow between its users",
    breaches: sql`
      select format('user %s follows user %s, and %s has blocked the other', f.follower_id, f.followed_id, b.blocker_id)
        as detail
      from follows f join blocks b on (b.blocker_id, b.blocked_id) in
        ((f.follower_id, f.followed_id), (f.followed_id, f.follower_id))`,
  },
  {
    invariant: "every follow and block is between two users",
    breaches: sql`
      select format('%s from user %s to user %s', kind, from_id, to_id) as detail
      from (select 'a follow' as kind, follower_id as from_id, followed_id as to_id from follows
        union all select 'a block', blocker_id, blocked_id from blocks) as edge
      where from_id = to_id or not exists (select from users u where u.id = from_id)
        or not exists (select from users u where u.id = to_id)`,
  },
  {
    invariant: "every count of followers is a user's",
    breaches: sql`
      select format('user %s is not there, and has counts', user_id) as detail
      from (select user_id from user_stats union select user_id from user_stat_deltas) as counted
      where not exists (select from users u where u.id = counted.user_id)`,
  },
];
