-- The hottest statements, composed and as the server sends them. A change of one shows in this file:
-- npx vitest run tests/platform/db/hot-statements.test.ts -u

-- createTask, for one user: the hold, the task, its place among the new tasks, and the key.
with
  keyed as materialized (
    select
      *
    from
      unnest(
        array(
          select
            unnest($1::uuid[])
        ),
        array(
          select
            unnest($2::text[])
        ),
        array(
          select
            unnest($3::text[])
        ),
        array(
          select
            unnest($4::text[])
        ),
        array(
          select
            unnest($5::jsonb[])
        )
      ) as c (user_id, mutation, key, input_hash, result)
    where
      key is not null
  ),
  requested (
    id,
    task_id,
    user_id,
    amount,
    running_total,
    position,
    prompt,
    duration_sec,
    ratio,
    model,
    hd,
    note,
    project_id,
    reference_image_id,
    batch_id,
    next_check_at,
    remix_of,
    remix_fee_credits,
    prompt_task_ids,
    request_info
  ) as (
    select
      *
    from
      unnest(
        array(
          select
            unnest($6::uuid[])
        ),
        array(
          select
            unnest($7::uuid[])
        ),
        array(
          select
            unnest($8::uuid[])
        ),
        array(
          select
            unnest($9::int[])
        ),
        array(
          select
            unnest($10::int[])
        ),
        array(
          select
            unnest($11::int[])
        ),
        array(
          select
            unnest($12::text[])
        ),
        array(
          select
            unnest($13::int[])
        ),
        array(
          select
            unnest($14::text[])
        ),
        array(
          select
            unnest($15::text[])
        ),
        array(
          select
            unnest($16::boolean[])
        ),
        array(
          select
            unnest($17::text[])
        ),
        array(
          select
            unnest($18::uuid[])
        ),
        array(
          select
            unnest($19::uuid[])
        ),
        array(
          select
            unnest($20::uuid[])
        ),
        array(
          select
            unnest($21::timestamptz[])
        ),
        array(
          select
            unnest($22::uuid[])
        ),
        array(
          select
            unnest($23::int[])
        ),
        array(
          select
            unnest($24::text[])
        ),
        array(
          select
            unnest($25::jsonb[])
        )
      )
  ),
  admitted as (
    select
      u.*
    from
      unnest(
        array(
          select
            unnest($26::uuid[])
        ),
        array(
          select
            unnest($27::int[])
        ),
        array(
          select
            unnest($28::int[])
        )
      ) as u (user_id, amount, holds)
    where
      not exists (
        select
        from
          keyed c
        where
          c.user_id = u.user_id
          and exists (
            select
            from
              idempotency_keys k
            where
              k.user_id = c.user_id
              and k.mutation = c.mutation
              and k.key = c.key
          )
      )
  ),
  charged as (
    update wallets w
    set
      credits_free = w.credits_free - t.amount,
      credits_held = w.credits_held + t.amount,
      sequence = w.sequence + t.holds,
      holds_open = w.holds_open + t.holds,
      holds_day = greatest(w.holds_day, $29::date),
      holds_today = (
        case
          when w.holds_day >= $30::date then w.holds_today
          else 0
        end
      ) + t.holds
    from
      admitted t
    where
      w.user_id = t.user_id
      and w.credits_free >= t.amount
      and w.holds_open + t.holds <= $31
      and (
        case
          when w.holds_day >= $32::date then w.holds_today
          else 0
        end
      ) + t.holds <= $33
    returning
      w.user_id,
      w.credits_free + t.amount as free_before,
      w.credits_held - t.amount as held_before,
      w.sequence - t.holds as sequence_before,
      w.coins_free,
      w.coins_pending
  ),
  held (task_id, user_id, free_after, held_after, sequence) as (
    insert into
      ledger_transfers (
        id,
        key,
        type,
        asset,
        amount,
        debit_account,
        debit_user_id,
        debit_balance_after,
        debit_sequence,
        credit_account,
        credit_user_id,
        credit_balance_after,
        credit_sequence,
        subject_type,
        subject_id
      )
    select
      a.id,
      'hold:' || a.task_id,
      'GEN_HOLD',
      'CREDIT',
      a.amount,
      'FREE',
      a.user_id,
      c.free_before - a.running_total,
      c.sequence_before + a.position,
      'HELD',
      a.user_id,
      c.held_before + a.running_total,
      c.sequence_before + a.position,
      'task',
      a.task_id
    from
      requested a
      join charged c on c.user_id = a.user_id
    returning
      subject_id,
      debit_user_id,
      debit_balance_after,
      credit_balance_after,
      debit_sequence
  ),
  inserted as (
    insert into
      tasks (
        id,
        user_id,
        cost_credits,
        prompt,
        duration_sec,
        ratio,
        model,
        hd,
        note,
        project_id,
        reference_image_id,
        batch_id,
        next_check_at,
        remix_of,
        remix_fee_credits,
        prompt_task_ids
      )
    select
      task_id,
      user_id,
      amount,
      prompt,
      duration_sec,
      ratio,
      model,
      hd,
      note,
      project_id,
      reference_image_id,
      batch_id,
      next_check_at,
      remix_of,
      remix_fee_credits,
      prompt_task_ids::uuid[]
    from
      requested
      join charged using (user_id)
    returning
      id,
      created_at
  ),
  without_job as (
    insert into
      new_tasks (task_id, request_info)
    select
      task_id,
      request_info
    from
      requested
      join charged using (user_id)
  ),
  stored_keys as (
    insert into
      idempotency_keys (user_id, mutation, key, input_hash, result)
    select
      c.user_id,
      c.mutation,
      c.key,
      c.input_hash,
      c.result
    from
      keyed c
      join charged using (user_id)
  )
select
  i.id,
  i.created_at,
  h.free_after,
  h.held_after,
  h.sequence,
  c.coins_free,
  c.coins_pending
from
  inserted i
  join held h on h.task_id = i.id
  join charged c on c.user_id = h.user_id;

-- createTask, for many users at the same moment.
with
  keyed as materialized (
    select
      *
    from
      unnest(
        array(
          select
            unnest($1::uuid[])
        ),
        array(
          select
            unnest($2::text[])
        ),
        array(
          select
            unnest($3::text[])
        ),
        array(
          select
            unnest($4::text[])
        ),
        array(
          select
            unnest($5::jsonb[])
        )
      ) as c (user_id, mutation, key, input_hash, result)
    where
      key is not null
  ),
  requested (
    id,
    task_id,
    user_id,
    amount,
    running_total,
    position,
    prompt,
    duration_sec,
    ratio,
    model,
    hd,
    note,
    project_id,
    reference_image_id,
    batch_id,
    next_check_at,
    remix_of,
    remix_fee_credits,
    prompt_task_ids,
    request_info
  ) as (
    select
      *
    from
      unnest(
        array(
          select
            unnest($6::uuid[])
        ),
        array(
          select
            unnest($7::uuid[])
        ),
        array(
          select
            unnest($8::uuid[])
        ),
        array(
          select
            unnest($9::int[])
        ),
        array(
          select
            unnest($10::int[])
        ),
        array(
          select
            unnest($11::int[])
        ),
        array(
          select
            unnest($12::text[])
        ),
        array(
          select
            unnest($13::int[])
        ),
        array(
          select
            unnest($14::text[])
        ),
        array(
          select
            unnest($15::text[])
        ),
        array(
          select
            unnest($16::boolean[])
        ),
        array(
          select
            unnest($17::text[])
        ),
        array(
          select
            unnest($18::uuid[])
        ),
        array(
          select
            unnest($19::uuid[])
        ),
        array(
          select
            unnest($20::uuid[])
        ),
        array(
          select
            unnest($21::timestamptz[])
        ),
        array(
          select
            unnest($22::uuid[])
        ),
        array(
          select
            unnest($23::int[])
        ),
        array(
          select
            unnest($24::text[])
        ),
        array(
          select
            unnest($25::jsonb[])
        )
      )
  ),
  admitted as materialized (
    select
      u.*
    from
      unnest(
        array(
          select
            unnest($26::uuid[])
        ),
        array(
          select
            unnest($27::int[])
        ),
        array(
          select
            unnest($28::int[])
        )
      ) as u (user_id, amount, holds)
      join wallets w on w.user_id = u.user_id
    where
      not exists (
        select
        from
          keyed c
        where
          c.user_id = u.user_id
          and exists (
            select
            from
              idempotency_keys k
            where
              k.user_id = c.user_id
              and k.mutation = c.mutation
              and k.key = c.key
          )
      )
    order by
      w.user_id
    for no key update of
      w
  ),
  charged as (
    update wallets w
    set
      credits_free = w.credits_free - t.amount,
      credits_held = w.credits_held + t.amount,
      sequence = w.sequence + t.holds,
      holds_open = w.holds_open + t.holds,
      holds_day = greatest(w.holds_day, $29::date),
      holds_today = (
        case
          when w.holds_day >= $30::date then w.holds_today
          else 0
        end
      ) + t.holds
    from
      admitted t
    where
      w.user_id = t.user_id
      and w.credits_free >= t.amount
      and w.holds_open + t.holds <= $31
      and (
        case
          when w.holds_day >= $32::date then w.holds_today
          else 0
        end
      ) + t.holds <= $33
    returning
      w.user_id,
      w.credits_free + t.amount as free_before,
      w.credits_held - t.amount as held_before,
      w.sequence - t.holds as sequence_before,
      w.coins_free,
      w.coins_pending
  ),
  held (task_id, user_id, free_after, held_after, sequence) as (
    insert into
      ledger_transfers (
        id,
        key,
        type,
        asset,
        amount,
        debit_account,
        debit_user_id,
        debit_balance_after,
        debit_sequence,
        credit_account,
        credit_user_id,
        credit_balance_after,
        credit_sequence,
        subject_type,
        subject_id
      )
    select
      a.id,
      'hold:' || a.task_id,
      'GEN_HOLD',
      'CREDIT',
      a.amount,
      'FREE',
      a.user_id,
      c.free_before - a.running_total,
      c.sequence_before + a.position,
      'HELD',
      a.user_id,
      c.held_before + a.running_total,
      c.sequence_before + a.position,
      'task',
      a.task_id
    from
      requested a
      join charged c on c.user_id = a.user_id
    returning
      subject_id,
      debit_user_id,
      debit_balance_after,
      credit_balance_after,
      debit_sequence
  ),
  inserted as (
    insert into
      tasks (
        id,
        user_id,
        cost_credits,
        prompt,
        duration_sec,
        ratio,
        model,
        hd,
        note,
        project_id,
        reference_image_id,
        batch_id,
        next_check_at,
        remix_of,
        remix_fee_credits,
        prompt_task_ids
      )
    select
      task_id,
      user_id,
      amount,
      prompt,
      duration_sec,
      ratio,
      model,
      hd,
      note,
      project_id,
      reference_image_id,
      batch_id,
      next_check_at,
      remix_of,
      remix_fee_credits,
      prompt_task_ids::uuid[]
    from
      requested
      join charged using (user_id)
    returning
      id,
      created_at
  ),
  without_job as (
    insert into
      new_tasks (task_id, request_info)
    select
      task_id,
      request_info
    from
      requested
      join charged using (user_id)
  ),
  stored_keys as (
    insert into
      idempotency_keys (user_id, mutation, key, input_hash, result)
    select
      c.user_id,
      c.mutation,
      c.key,
      c.input_hash,
      c.result
    from
      keyed c
      join charged using (user_id)
  )
select
  i.id,
  i.created_at,
  h.free_after,
  h.held_after,
  h.sequence,
  c.coins_free,
  c.coins_pending
from
  inserted i
  join held h on h.task_id = i.id
  join charged c on c.user_id = h.user_id;

-- A task is SUCCESS: its hold becomes revenue.
with
  moved as (
    update wallets w
    set
      credits_free = w.credits_free + 0,
      credits_held = w.credits_held - s.amount,
      holds_open = w.holds_open - 1,
      sequence = w.sequence + 1
    from
      ledger_transfers s
    where
      s.key = $1
      and w.user_id = s.debit_user_id
      and not exists (
        select
        from
          ledger_transfers u
        where
          u.key = $2
      )
    returning
      w.user_id,
      w.credits_free as free_after,
      w.credits_held as held_after,
      w.sequence,
      s.id as started_by,
      s.amount,
      s.subject_type,
      s.subject_id
  )
insert into
  ledger_transfers (
    id,
    key,
    type,
    asset,
    amount,
    debit_account,
    debit_user_id,
    debit_balance_after,
    debit_sequence,
    credit_account,
    credit_user_id,
    credit_balance_after,
    credit_sequence,
    subject_type,
    subject_id,
    ends_transfer_id
  )
select
  $3::uuid,
  $4,
  'GEN_SETTLE'::ledger_transfer_type,
  'CREDIT',
  amount,
  'HELD'::ledger_account,
  user_id,
  held_after,
  sequence,
  'REVENUE'::ledger_account,
  null::uuid,
  null::bigint,
  null::bigint,
  subject_type,
  subject_id,
  started_by
from
  moved
returning
  id,
  type;

-- downloadNoWatermark: the charge.
with
  moved as (
    update wallets w
    set
      credits_free = w.credits_free - $1,
      sequence = w.sequence + 1
    where
      w.user_id = $2
      and w.credits_free >= $3
      and not exists (
        select
        from
          ledger_transfers u
        where
          u.key = $4
      )
    returning
      w.user_id,
      w.credits_free as after,
      w.sequence
  )
insert into
  ledger_transfers (
    id,
    key,
    type,
    asset,
    amount,
    debit_account,
    debit_user_id,
    debit_balance_after,
    debit_sequence,
    credit_account,
    subject_type,
    subject_id
  )
select
  $5::uuid,
  $6,
  $7::ledger_transfer_type,
  'CREDIT',
  $8,
  'FREE',
  user_id,
  after,
  sequence,
  'REVENUE',
  $9,
  $10::uuid
from
  moved
returning
  id,
  type;

-- publishWork, for many users at the same moment: the locks.
with
  turn as materialized (
    select
      user_id,
      video_id,
      pg_try_advisory_xact_lock(hashtextextended ('publish-work:' || user_id, 0)) as is_users
    from
      unnest(
        array(
          select
            unnest($1::uuid[])
        ),
        array(
          select
            unnest($2::uuid[])
        )
      ) as request (user_id, video_id)
  )
select
  "videos"."id",
  "users"."banned_at" is null
from
  turn
  join "videos" on "videos"."id" = turn.video_id
  and "videos"."user_id" = turn.user_id
  join "users" on "users"."id" = turn.user_id
where
  turn.is_users
  and "videos"."deleted_at" is null
for share of
  "videos" skip locked
for key share of
  "users" skip locked;

-- publishWork: the works.
with
  request as materialized (
    select
      *,
      (
        select
          "works"."status"
        from
          "works"
        where
          "works"."video_id" = request.video_id
      ) as existing_status,
      (
        select
          count(*)::int
        from
          "works"
        where
          "works"."user_id" = request.user_id
          and "works"."published_at" >= (
            select
              $1::timestamptz
          )
      ) as published_today
    from
      unnest(
        array(
          select
            unnest($2::uuid[])
        ),
        array(
          select
            unnest($3::uuid[])
        ),
        array(
          select
            unnest($4::uuid[])
        ),
        array(
          select
            unnest($5::uuid[])
        ),
        array(
          select
            unnest($6::text[])
        ),
        array(
          select
            unnest($7::text[])
        ),
        array(
          select
            unnest($8::int[])
        ),
        array(
          select
            unnest($9::boolean[])
        ),
        array(
          select
            unnest($10::int[])
        )
      ) as request (id, user_id, video_id, publication_id, title, description, prompt_price_credits, remixable, remix_fee_credits)
  ),
  added as (
    insert into
      "works" (
        id,
        user_id,
        video_id,
        task_id,
        title,
        description,
        prompt,
        prompt_price_credits,
        remixable,
        remix_fee_credits,
        status,
        publication_id,
        duration_sec,
        ratio,
        width,
        height,
        model,
        remix_of,
        joined_prompt_length
      )
    select
      request.id,
      request.user_id,
      request.video_id,
      "videos"."task_id",
      request.title,
      request.description,
      "tasks"."prompt",
      request.prompt_price_credits,
      request.remixable,
      request.remix_fee_credits,
      'PUBLISHED'::work_status,
      request.publication_id,
      "videos"."duration_sec",
      "videos"."ratio"::text,
      "videos"."width",
      "videos"."height",
      "tasks"."model",
      "tasks"."remix_of",
      char_length("tasks"."prompt") + coalesce(source.joined_prompt_length, 0) + (
        "tasks"."prompt" <> ''
        and coalesce(source.joined_prompt_length, 0) > 0
      )::int
    from
      request
      join "videos" on "videos"."id" = request.video_id
      join "tasks" on "tasks"."id" = "videos"."task_id"
      left join "works" source on source.id = "tasks"."remix_of"
    where
      request.existing_status is null
      and request.published_today < $11::int
    returning
      *
  ),
  stats as (
    insert into
      "work_stats" (work_id, published_at, discover_score)
    select
      id,
      published_at,
      ln((1 + 0 + 2 * 0 + 3 * 0 + 5 * 0)::float8) / ln(2::float8) + extract(
        epoch
        from
          published_at
      )::float8 / 86400
    from
      added
  ),
  levels as (
    select
      added.id as work_id,
      1 as level,
      added.remix_of as source_id
    from
      added
    where
      added.remix_of is not null
    union all
    select
      added.id,
      l.level + 1,
      l.source_id
    from
      added
      join "work_lineage" l on l.work_id = added.remix_of
  ),
  ranked_levels as (
    select
      *,
      row_number() over (
        partition by
          work_id
        order by
          level
      ) as nth,
      count(*) over (
        partition by
          work_id
      ) as count
    from
      levels
  ),
  lineages as (
    insert into
      "work_lineage" (work_id, level, source_id, title)
    select
      l.work_id,
      l.level,
      l.source_id,
      "works"."title"
    from
      ranked_levels l
      join "works" on "works"."id" = l.source_id
    where
      l.nth < 5
      or l.nth = l.count
  ),
  remixes as (
    insert into
      "work_stat_deltas" (work_id, remixes)
    select
      source.id,
      1
    from
      added
      join "works" source on source.id = added.remix_of
    where
      source.user_id <> added.user_id
  )
select
  request.video_id,
  request.existing_status,
  request.published_today,
  "works"."id",
  "works"."user_id",
  "works"."video_id",
  "works"."task_id",
  "works"."title",
  "works"."description",
  "works"."prompt",
  "works"."joined_prompt_length",
  "works"."remix_of",
  "works"."prompt_price_credits",
  "works"."remixable",
  "works"."remix_fee_credits",
  "works"."status",
  "works"."publication_id",
  "works"."duration_sec",
  "works"."ratio",
  "works"."width",
  "works"."height",
  "works"."model",
  "works"."revision",
  "works"."published_at",
  "works"."updated_at",
  "works"."removed_at",
  "works"."removal_reason",
  "works"."status_before_removal",
  "works"."deleted_at"
from
  request
  left join added as "works" on "works"."id" = request.id;

-- wallet.
select
  "wallets"."user_id",
  "wallets"."credits_free",
  "wallets"."credits_held",
  "wallets"."coins_free",
  "wallets"."coins_pending",
  "wallets"."sequence"
from
  "wallets"
where
  "wallets"."user_id" = any (
    array(
      select
        unnest($1::uuid[])
    )
  );

-- wallet.entries, as the shipped document asks for them.
select
  request.position::int,
  page.*
from
  unnest(
    array(
      select
        unnest($1::text[])
    )::uuid[],
    array(
      select
        unnest($2::text[])
    )::asset[],
    array(
      select
        unnest($3::text[])
    )::bigint[],
    array(
      select
        unnest($4::text[])
    )::int[]
  ) with ordinality as request (user_id, asset, after_0, size, position)
  cross join lateral (
    select
      "ledger_sides"."sequence",
      "ledger_sides"."id",
      "ledger_sides"."account",
      "ledger_sides"."user_id",
      "ledger_sides"."asset",
      "ledger_sides"."type",
      "ledger_sides"."amount",
      "ledger_sides"."balance_after",
      "ledger_sides"."sequence",
      "ledger_sides"."key",
      "ledger_sides"."reason",
      "ledger_sides"."subject_type",
      "ledger_sides"."subject_id",
      "ledger_sides"."created_at"
    from
      "ledger_sides"
    where
      "ledger_sides"."user_id" = request.user_id
      and "ledger_sides"."asset" = request.asset
      and "ledger_sides"."account" = 'FREE'
      and ("ledger_sides"."sequence") < (request.after_0)
    order by
      "ledger_sides"."sequence" desc
    limit
      request.size
  ) as page (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13)
order by
  request.position,
  page.c0 desc;

-- task(id).
select
  "tasks"."id",
  "tasks"."user_id",
  "tasks"."prompt",
  "tasks"."duration_sec",
  "tasks"."ratio",
  "tasks"."model",
  "tasks"."hd",
  "tasks"."note",
  "tasks"."project_id",
  "tasks"."reference_image_id",
  "tasks"."batch_id",
  "tasks"."status",
  "tasks"."progress",
  "tasks"."cost_credits",
  "tasks"."remix_of",
  "tasks"."remix_fee_credits",
  "tasks"."prompt_task_ids",
  "tasks"."failure_code",
  "tasks"."revision",
  "tasks"."created_at",
  "tasks"."submitted_at",
  "tasks"."started_at",
  "tasks"."finished_at",
  "tasks"."cancel_requested_at",
  "tasks"."next_check_at"
from
  "tasks"
where
  "tasks"."id" = any (
    array(
      select
        unnest($1::uuid[])
    )
  )
  and true;

-- tasks, as the shipped document asks for them.
select
  request.position::int,
  page.*
from
  unnest(
    array(
      select
        unnest($1::text[])
    )::uuid[],
    array(
      select
        unnest($2::text[])
    )::timestamp(3) with time zone [],
    array(
      select
        unnest($3::text[])
    )::uuid[],
    array(
      select
        unnest($4::text[])
    )::int[]
  ) with ordinality as request (user_id, after_0, after_1, size, position)
  cross join lateral (
    select
      "tasks"."created_at",
      "tasks"."id",
      "tasks"."id",
      "tasks"."prompt",
      "tasks"."duration_sec",
      "tasks"."ratio",
      "tasks"."model",
      "tasks"."hd",
      "tasks"."note",
      "tasks"."status",
      "tasks"."progress",
      "tasks"."cost_credits",
      "tasks"."failure_code",
      "tasks"."revision",
      "tasks"."created_at",
      "tasks"."submitted_at",
      "tasks"."started_at",
      "tasks"."finished_at"
    from
      "tasks"
    where
      "tasks"."user_id" = request.user_id
      and ("tasks"."created_at", "tasks"."id") < (request.after_0, request.after_1)
    order by
      "tasks"."created_at" desc,
      "tasks"."id" desc
    limit
      request.size
  ) as page (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17)
order by
  request.position,
  page.c0 desc,
  page.c1 desc;

-- videos, as the shipped document asks for them.
select
  request.position::int,
  page.*
from
  unnest(
    array(
      select
        unnest($1::text[])
    )::uuid[],
    array(
      select
        unnest($2::text[])
    )::timestamp(3) with time zone [],
    array(
      select
        unnest($3::text[])
    )::uuid[],
    array(
      select
        unnest($4::text[])
    )::int[]
  ) with ordinality as request (user_id, after_0, after_1, size, position)
  cross join lateral (
    select
      "videos"."created_at",
      "videos"."id",
      "videos"."id",
      "videos"."duration_sec",
      "videos"."ratio",
      "videos"."width",
      "videos"."height",
      "videos"."byte_size",
      "videos"."sha256",
      "videos"."ingest_id",
      "videos"."download_count",
      "videos"."created_at"
    from
      "videos"
    where
      "videos"."user_id" = request.user_id
      and "videos"."deleted_at" is null
      and ("videos"."created_at", "videos"."id") < (request.after_0, request.after_1)
    order by
      "videos"."created_at" desc,
      "videos"."id" desc
    limit
      request.size
  ) as page (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11)
order by
  request.position,
  page.c0 desc,
  page.c1 desc;

-- Subscriptions: tasks that changed.
select
  "tasks"."id",
  "tasks"."user_id",
  "tasks"."prompt",
  "tasks"."duration_sec",
  "tasks"."ratio",
  "tasks"."model",
  "tasks"."hd",
  "tasks"."note",
  "tasks"."project_id",
  "tasks"."reference_image_id",
  "tasks"."batch_id",
  "tasks"."status",
  "tasks"."progress",
  "tasks"."cost_credits",
  "tasks"."remix_of",
  "tasks"."remix_fee_credits",
  "tasks"."prompt_task_ids",
  "tasks"."failure_code",
  "tasks"."revision",
  "tasks"."created_at",
  "tasks"."submitted_at",
  "tasks"."started_at",
  "tasks"."finished_at",
  "tasks"."cancel_requested_at",
  "tasks"."next_check_at"
from
  "tasks"
  join unnest(
    array(
      select
        unnest($1::uuid[])
    ),
    array(
      select
        unnest($2::int[])
    )
  ) as seen (id, revision) on seen.id = "tasks"."id"
where
  "tasks"."revision" > seen.revision;
