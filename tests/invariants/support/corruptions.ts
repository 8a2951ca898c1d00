import type { History } from "./audited-history.js";

/** One way to break the database by hand, and the line of the audit that must say so. */
export interface Corruption {
  name: string;
  /** SQL, with triggers and foreign keys switched off. */
  damage(history: History): string[];
  /** The invariant that no longer holds. */
  line: string;
  /** Whose ids the line must have, in this order. */
  about: keyof History | (keyof History)[];
}

const transfers = (set: string, where: string) => `update ledger_transfers set ${set} where ${where}`;
const wallet = (set: string) => (h: History) => [`update wallets set ${set} where user_id = '${h.ana}'`];
const holdOf = (task: string) => `key = 'hold:${task}'`;
const endOf = (task: string) => `key = 'end:${task}'`;
/** One of Ana's paid downloads that was not given back. */
const spendOf = (h: History) =>
  `key = (select result->>'spendKey' from idempotency_keys where user_id = '${h.ana}' and key = 'download')`;
const recordOf = (h: History) => `spend_id = (select id from ledger_transfers where ${spendOf(h)})`;
const task = (set: string, id: string) => `update tasks set ${set} where id = '${id}'`;
const video = (set: string, id: string) => `update videos set ${set} where id = '${id}'`;
const keyed = (h: History, key: string, result: string) =>
  `update idempotency_keys set result = '${result}' where user_id = '${h.ana}' and key = '${key}'`;
const copyOfVideo = (h: History, taskId: string) => `
  insert into videos (id, user_id, task_id, duration_sec, ratio, width, height, byte_size, sha256)
  select gen_random_uuid(), user_id, '${taskId}', duration_sec, ratio, width, height, byte_size, sha256
  from videos where id = '${h.video}'`;
const copyOfAttempt = (h: History, taskId: string, vendorTaskId: string) => `
  insert into task_attempts (id, task_id, vendor, vendor_model, outcome, sender_id, vendor_task_id, sent, ended_at)
  select gen_random_uuid(), '${taskId}', vendor, vendor_model, outcome, sender_id, '${vendorTaskId}', sent, ended_at
  from task_attempts where task_id = '${h.made}' and outcome = 'ACCEPTED'`;

const balances: Corruption[] = [
  {
    name: "a free credit too many",
    damage: wallet("credits_free = credits_free + 1"),
    line: "every stored balance equals the sum of its transfers",
    about: "ana",
  },
  {
    name: "a held credit too many",
    damage: wallet("credits_held = credits_held + 1"),
    line: "every stored balance equals the sum of its transfers",
    about: "ana",
  },
  {
    name: "coins from nowhere",
    damage: wallet("coins_free = 1, coins_pending = 2"),
    line: "every stored balance equals the sum of its transfers",
    about: "ana",
  },
  {
    name: "a grant that is gone",
    damage: (h) => [`delete from ledger_transfers where key = 'signup:${h.ana}'`],
    line: "every stored balance equals the sum of its transfers",
    about: "ana",
  },
  {
    name: "credits that the platform never gave",
    damage: wallet("credits_free = credits_free + 1"),
    line: "for each asset all accounts sum to zero",
    about: [],
  },
  {
    name: "a balance below zero, without the guards",
    damage: (h) => [
      "alter table wallets drop constraint wallets_credits_fit",
      "alter table wallets alter column credits_free type bigint",
      ...wallet("credits_free = -5")(h),
    ],
    line: "no balance is below zero or above its bound",
    about: "ana",
  },
  {
    name: "more credits than an Int can say, without the guards",
    damage: (h) => [
      "alter table wallets drop constraint wallets_credits_fit",
      ...wallet("credits_free = 2147483647, credits_held = 1")(h),
    ],
    line: "no balance is below zero or above its bound",
    about: "ana",
  },
  {
    name: "a hold's free balance that does not chain",
    damage: (h) => [transfers("debit_balance_after = debit_balance_after + 1", holdOf(h.made))],
    line: "the balances of each account follow from one another without a gap",
    about: "ana",
  },
  {
    name: "a hold's held balance that does not chain",
    damage: (h) => [transfers("credit_balance_after = credit_balance_after + 1", holdOf(h.made))],
    line: "the balances of each account follow from one another without a gap",
    about: "ana",
  },
  {
    name: "a settle's held balance that does not chain",
    damage: (h) => [transfers("debit_balance_after = debit_balance_after + 1", endOf(h.made))],
    line: "the balances of each account follow from one another without a gap",
    about: "ana",
  },
  {
    name: "two transfers with one number",
    damage: (h) => [
      transfers(
        `debit_sequence = (select debit_sequence from ledger_transfers where ${holdOf(h.made)})`,
        spendOf(h),
      ),
    ],
    line: "no two transfers of a user have one number",
    about: "ana",
  },
  {
    name: "a hold whose two sides have two numbers",
    damage: (h) => [transfers("credit_sequence = credit_sequence + 1000", holdOf(h.made))],
    line: "each user's transfers are numbered from 1 without a gap, and the wallet has the last number",
    about: "ana",
  },
  {
    name: "a transfer whose number leaves a gap",
    damage: (h) => [transfers("debit_sequence = debit_sequence + 1000", spendOf(h))],
    line: "each user's transfers are numbered from 1 without a gap, and the wallet has the last number",
    about: "ana",
  },
  {
    name: "a wallet that counts one transfer more",
    damage: wallet("sequence = sequence + 1"),
    line: "each user's transfers are numbered from 1 without a gap, and the wallet has the last number",
    about: "ana",
  },
  {
    name: "an open hold that is counted and not there",
    damage: wallet("holds_open = holds_open + 1"),
    line: "what is held equals the sum of the open holds",
    about: "ana",
  },
  {
    name: "one hold more today than was taken",
    damage: wallet("holds_today = holds_today + 1"),
    line: "the holds that a wallet counts for its day are those of that day",
    about: "ana",
  },
  {
    name: "one hold less today than was taken",
    damage: wallet("holds_today = 0"),
    line: "the holds that a wallet counts for its day are those of that day",
    about: "ana",
  },
  {
    name: "today's holds on another day",
    damage: wallet("holds_day = '2020-02-02'"),
    line: "the holds that a wallet counts for its day are those of that day",
    about: "ana",
  },
  {
    name: "holds on no day",
    damage: wallet("holds_day = null"),
    line: "the holds that a wallet counts for its day are those of that day",
    about: "ana",
  },
  {
    name: "a cached total that is wrong",
    damage: () => [`update ledger_totals set totals = jsonb_set(totals, '{GRANT,amount}', '1')`],
    line: "the cached totals equal the sums of the transfers that they count",
    about: [],
  },
  {
    name: "a cached total that is missing",
    damage: () => [`update ledger_totals set totals = totals - 'GEN_HOLD'`],
    line: "the cached totals equal the sums of the transfers that they count",
    about: [],
  },
];

const ledger: Corruption[] = [
  {
    name: "a transfer of another asset",
    damage: (h) => [
      "alter table ledger_transfers drop constraint ledger_transfers_shape",
      transfers("asset = 'COIN'", `key = 'signup:${h.ana}'`),
    ],
    line: "a transfer has the accounts, the asset and the parts of its type",
    about: "ana",
  },
  {
    name: "a transfer to another account",
    damage: (h) => [
      "alter table ledger_transfers drop constraint ledger_transfers_shape",
      transfers("credit_account = 'PENDING'", holdOf(h.made)),
    ],
    line: "a transfer has the accounts, the asset and the parts of its type",
    about: "ana",
  },
  {
    name: "a transfer of less than nothing",
    damage: (h) => [
      "alter domain transfer_amount drop constraint transfer_amount_positive",
      transfers("amount = -amount", holdOf(h.made)),
    ],
    line: "a transfer has the accounts, the asset and the parts of its type",
    about: "ana",
  },
  {
    name: "a grant that became a purchase",
    damage: (h) => [transfers("type = 'RECHARGE'", `key = 'signup:${h.ana}'`)],
    line: "a transfer's key and subject are those of its type",
    about: "ana",
  },
  {
    name: "a sign-up grant of another user",
    damage: (h) => [transfers(`key = 'signup:${h.absent}'`, `key = 'signup:${h.ana}'`)],
    line: "a transfer's key and subject are those of its type",
    about: "ana",
  },
  {
    name: "a hold for another task",
    damage: (h) => [transfers(`subject_id = '${h.eveMade}'`, holdOf(h.made))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "eveMade"],
  },
  {
    name: "a hold for a video",
    damage: (h) => [transfers("subject_type = 'video'", holdOf(h.stuck))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "stuck"],
  },
  {
    name: "a hold with another key",
    damage: (h) => [transfers("key = 'held'", holdOf(h.made))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "made"],
  },
  {
    name: "a settle with another key",
    damage: (h) => [transfers(`key = 'end:${h.absent}'`, endOf(h.made))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "made"],
  },
  {
    name: "a refund for another task",
    damage: (h) => [transfers(`subject_id = '${h.made}'`, endOf(h.canceled))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "made"],
  },
  {
    name: "a spend with another key",
    damage: (h) => [transfers("key = 'download'", spendOf(h))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "video"],
  },
  {
    name: "a spend for a task",
    damage: (h) => [transfers("subject_type = 'task'", spendOf(h))],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "video"],
  },
  {
    name: "a given back download with another key",
    damage: () => [transfers("key = 'reverse:nothing'", "type = 'DOWNLOAD_REFUND'")],
    line: "a transfer's key and subject are those of its type",
    about: ["ana", "video"],
  },
  {
    name: "a settle of the wrong subject",
    damage: (h) => [transfers(`subject_id = '${h.eveMade}'`, endOf(h.made))],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["ana", "eveMade", "made"],
  },
  {
    name: "a refund of more than was held",
    damage: (h) => [transfers("amount = amount + 1", endOf(h.canceled))],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["ana", "canceled"],
  },
  {
    name: "a settle of another user's hold",
    damage: (h) => [transfers(`debit_user_id = '${h.eve}'`, endOf(h.made))],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["eve", "made", "ana"],
  },
  {
    name: "a refund to another user",
    damage: (h) => [transfers(`credit_user_id = '${h.eve}'`, endOf(h.canceled))],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["ana", "canceled"],
  },
  {
    name: "a settle that ends a spend",
    damage: (h) => [
      transfers(`ends_transfer_id = (select id from ledger_transfers where ${spendOf(h)})`, endOf(h.made)),
    ],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["ana", "made", "ana", "video"],
  },
  {
    name: "a settle that ends nothing",
    damage: (h) => [transfers("ends_transfer_id = gen_random_uuid()", endOf(h.made))],
    line: "an ending has the amount, the user and the subject of what it ends",
    about: ["ana", "made"],
  },
  {
    name: "a hold that is ended twice",
    damage: (h) => [
      "drop index ledger_transfers_ends",
      transfers(
        `ends_transfer_id = (select id from ledger_transfers where ${holdOf(h.canceled)})`,
        endOf(h.failed),
      ),
    ],
    line: "a transfer is ended once",
    about: ["ana", "canceled"],
  },
  {
    name: "a transfer of last year",
    damage: (h) => [transfers("created_at = created_at - interval '1 year'", holdOf(h.stuck))],
    line: "a user's transfers are dated in their order, and none in the future",
    about: "ana",
  },
  {
    name: "a transfer of next year",
    damage: (h) => [transfers("created_at = created_at + interval '1 year'", spendOf(h))],
    line: "a user's transfers are dated in their order, and none in the future",
    about: "ana",
  },
  {
    name: "a ledger that lets its rows be changed",
    damage: () => ["alter table ledger_transfers disable trigger ledger_transfers_append_only"],
    line: "the ledger can only be added to",
    about: [],
  },
];

const tasks: Corruption[] = [
  {
    name: "a task of another price",
    damage: (h) => [task("cost_credits = cost_credits + 1", h.made)],
    line: "every task has exactly one hold, of its own price and user",
    about: "made",
  },
  {
    name: "a task whose hold is gone",
    damage: (h) => [`delete from ledger_transfers where ${holdOf(h.stuck)}`],
    line: "every task has exactly one hold, of its own price and user",
    about: ["stuck", "ana"],
  },
  {
    name: "a task whose hold is another user's",
    damage: (h) => [transfers(`debit_user_id = '${h.eve}'`, holdOf(h.stuck))],
    line: "every task has exactly one hold, of its own price and user",
    about: ["stuck", "ana", "eve"],
  },
  {
    name: "a task that failed and was not refunded",
    damage: (h) => [task("status = 'FAILURE', finished_at = now(), failure_code = 'TIMEOUT'", h.stuck)],
    line: "a task that has not ended has an open hold; one that has ended has exactly one settle or refund",
    about: "stuck",
  },
  {
    name: "a canceled task whose refund is gone",
    damage: (h) => [`delete from ledger_transfers where ${endOf(h.canceled)}`],
    line: "a task that has not ended has an open hold; one that has ended has exactly one settle or refund",
    about: "canceled",
  },
  {
    name: "a task that was paid for and goes on",
    damage: (h) => [task("status = 'IN_PROGRESS', finished_at = null", h.made)],
    line: "a task that has not ended has an open hold; one that has ended has exactly one settle or refund",
    about: "made",
  },
  {
    name: "a task that is gone, and its hold is not",
    damage: (h) => [`delete from tasks where id = '${h.stuck}'`],
    line: "every hold is a task's",
    about: ["ana", "stuck"],
  },
  {
    name: "a failure of no kind that there is",
    damage: (h) => [task("failure_code = 'SOMETHING'", h.failed)],
    line: "a task's status, end, progress and failure fit together",
    about: "failed",
  },
  {
    name: "an end without a time, without the guard",
    damage: (h) => [
      "alter table tasks drop constraint tasks_finished_when_final",
      task("finished_at = null", h.made),
    ],
    line: "a task's status, end, progress and failure fit together",
    about: "made",
  },
  {
    name: "a video that is all made and not ready",
    damage: (h) => [task("progress = 100", h.stuck)],
    line: "a task's status, end, progress and failure fit together",
    about: "stuck",
  },
  {
    name: "a task that ended before it began",
    damage: (h) => [task("finished_at = created_at - interval '1 month'", h.made)],
    line: "a task's times are in order, and none in the future",
    about: "made",
  },
  {
    name: "a task of next month, which would not be ended for that long",
    damage: (h) => [task("created_at = now() + interval '1 month'", h.stuck)],
    line: "a task's times are in order, and none in the future",
    about: "stuck",
  },
  {
    name: "a task in somebody else's project",
    damage: (h) => [task(`project_id = '${h.eveProject}'`, h.made)],
    line: "a task is in a project of its own user",
    about: ["made", "ana", "eveProject", "eve"],
  },
  {
    name: "a task in a project that is not there",
    damage: (h) => [task(`project_id = '${h.absent}'`, h.made)],
    line: "a task is in a project of its own user",
    about: ["made", "absent"],
  },
  {
    name: "a task made from somebody else's image",
    damage: (h) => [task(`reference_image_id = '${h.eveImage}'`, h.pictured)],
    line: "a task's reference image is its own user's",
    about: ["pictured", "ana", "eveImage", "eve"],
  },
  {
    name: "a task made from an image that is not there",
    damage: (h) => [`delete from media where id = '${h.image}'`],
    line: "a task's reference image is its own user's",
    about: ["pictured", "image"],
  },
  {
    name: "tasks of a user who is not there",
    damage: (h) => [`delete from users where id = '${h.eve}'`],
    line: "every task is a user's",
    about: ["eveMade", "eve"],
  },
  {
    name: "a batch of two users",
    damage: (h) => [task(`batch_id = (select batch_id from tasks where id = '${h.batched}')`, h.eveMade)],
    line: "the tasks of a batch are one user's",
    about: [],
  },
  {
    name: "a new task that is not there",
    damage: (h) => [`insert into new_tasks (task_id) values ('${h.absent}')`],
    line: "a task that is listed as new is there and has not ended long ago",
    about: "absent",
  },
  {
    name: "a new task that was made long ago",
    damage: (h) => [`insert into new_tasks (task_id) values ('${h.made}')`],
    line: "a task that is listed as new is there and has not ended long ago",
    about: "made",
  },
  {
    name: "an idempotency key that leads to a task which is not there",
    damage: (h) => [keyed(h, "made", `["${h.absent}"]`)],
    line: "the idempotency key of a call that made tasks leads to its user's tasks",
    about: ["ana", "absent"],
  },
  {
    name: "an idempotency key that leads to another user's task",
    damage: (h) => [keyed(h, "batch", `["${h.batched}", "${h.eveMade}"]`)],
    line: "the idempotency key of a call that made tasks leads to its user's tasks",
    about: ["ana", "eveMade", "eve"],
  },
  {
    name: "an idempotency key that leads nowhere",
    damage: (h) => [keyed(h, "again", "null")],
    line: "the idempotency key of a call that made tasks leads to its user's tasks",
    about: "ana",
  },
  {
    name: "an unfinished task of yesterday",
    damage: (h) => [task("created_at = now() - interval '1 day'", h.stuck)],
    line: "no task is unfinished long after its deadline",
    about: "stuck",
  },
  {
    name: "an unfinished task that would not be checked for a month",
    damage: (h) => [task("next_check_at = now() + interval '1 month'", h.stuck)],
    line: "the sweep finds every unfinished task around its deadline",
    about: "stuck",
  },
  {
    name: "an attempt of a task that is not there",
    damage: (h) => [copyOfAttempt(h, h.absent, "another")],
    line: "an attempt is a task's",
    about: "absent",
  },
  {
    name: "two accepted attempts of one task",
    damage: (h) => ["drop index task_attempts_one_live", copyOfAttempt(h, h.made, "another")],
    line: "at most one attempt of a task can have reached a vendor",
    about: "made",
  },
  {
    name: "a video that no vendor was asked for",
    damage: (h) => [`delete from task_attempts where task_id = '${h.made}'`],
    line: "a task that a vendor has, or whose video was made, has an accepted attempt; a new one has none",
    about: "made",
  },
  {
    name: "a video whose vendor refused it",
    damage: (h) => [
      `update task_attempts set outcome = 'REJECTED', vendor_task_id = null where task_id = '${h.made}'`,
    ],
    line: "a task that a vendor has, or whose video was made, has an accepted attempt; a new one has none",
    about: "made",
  },
  {
    name: "a new task that a vendor has",
    damage: (h) => [task("status = 'NOT_START'", h.stuck)],
    line: "a task that a vendor has, or whose video was made, has an accepted attempt; a new one has none",
    about: "stuck",
  },
  {
    name: "a refused task that goes on",
    damage: (h) => [
      `update task_attempts set outcome = 'REFUSED', vendor_task_id = null where task_id = '${h.stuck}'`,
    ],
    line: "a task whose attempt failed for good has ended",
    about: "stuck",
  },
  {
    name: "a made video that its vendor is asked about again",
    damage: (h) => [`update task_attempts set reconcile_at = now() where task_id = '${h.made}'`],
    line: "a vendor is asked again only about tasks that ended without a video",
    about: "made",
  },
  {
    name: "one order at the vendor for two tasks",
    damage: (h) => [
      "drop index task_attempts_vendor_task",
      `update task_attempts set vendor_task_id = (
        select vendor_task_id from task_attempts where task_id = '${h.made}' and outcome = 'ACCEPTED'
      ) where task_id = '${h.eveMade}'`,
    ],
    line: "a vendor's id belongs to one attempt",
    about: [],
  },
];

const videos: Corruption[] = [
  {
    name: "a made video that is gone",
    damage: (h) => [`delete from videos where id = '${h.video}'`],
    line: "a task is SUCCESS if and only if its video exists",
    about: "made",
  },
  {
    name: "a video of a task that has not ended",
    damage: (h) => [copyOfVideo(h, h.stuck)],
    line: "a task is SUCCESS if and only if its video exists",
    about: "stuck",
  },
  {
    name: "a video without a task",
    damage: (h) => [video(`task_id = '${h.absent}'`, h.video)],
    line: "a video is as its task ordered it, and the same user's",
    about: ["video", "absent"],
  },
  {
    name: "a video of another user than its task",
    damage: (h) => [video(`user_id = '${h.eve}'`, h.video)],
    line: "a video is as its task ordered it, and the same user's",
    about: ["video", "eve", "made", "ana"],
  },
  {
    name: "a video of another length than was ordered",
    damage: (h) => [video("duration_sec = 25", h.video)],
    line: "a video is as its task ordered it, and the same user's",
    about: ["video", "made"],
  },
  {
    name: "two videos of one task",
    damage: (h) => ["drop index videos_one_per_task", copyOfVideo(h, h.made)],
    line: "a task makes one video",
    about: "made",
  },
  {
    name: "a video in somebody else's project",
    damage: (h) => [video(`project_id = '${h.eveProject}'`, h.video)],
    line: "a video is in a project of its own user",
    about: ["video", "ana", "eveProject", "eve"],
  },
  {
    name: "a video in a project that is not there",
    damage: (h) => [`delete from projects where id = '${h.project}'`],
    line: "a video is in a project of its own user",
    about: ["video", "project"],
  },
  {
    name: "a video that left its task's project",
    damage: (h) => [video("project_id = null", h.video)],
    line: "a video is in its task's project",
    about: ["video", "made", "project"],
  },
  {
    name: "a finished video whose files are still being written",
    damage: (h) => [
      `insert into video_ingests (id, video_id) select ingest_id, id from videos where id = '${h.video}'`,
    ],
    line: "no file of a finished video is still being written",
    about: "video",
  },
  {
    name: "a download that is counted and was not paid",
    damage: (h) => [video("download_count = download_count + 1", h.video)],
    line: "every paid download is counted",
    about: "video",
  },
  {
    name: "a download of a deleted video that is not counted",
    damage: (h) => [video("download_count = 0", h.deleted)],
    line: "every paid download is counted",
    about: "deleted",
  },
  {
    name: "a spend for a video that is not there",
    damage: (h) => [transfers(`subject_id = '${h.absent}'`, spendOf(h))],
    line: "a download is paid for a video of the payer's own",
    about: ["ana", "absent"],
  },
  {
    name: "a spend for another user's video",
    damage: (h) => [transfers(`subject_id = '${h.eveVideo}'`, spendOf(h))],
    line: "a download is paid for a video of the payer's own",
    about: ["ana", "eveVideo", "eve"],
  },
  {
    name: "a download without a record",
    damage: (h) => [`delete from download_records where ${recordOf(h)}`],
    line: "every paid download is on record",
    about: ["ana", "video"],
  },
  {
    name: "a record of another user",
    damage: (h) => [`update download_records set user_id = '${h.eve}' where ${recordOf(h)}`],
    line: "a record of a download is of one that was paid, by this user and of this video",
    about: ["video", "eve", "ana"],
  },
  {
    name: "a record of a given back download",
    damage: (h) => [
      `insert into download_records (spend_id, user_id, video_id, sha256, created_at)
       select s.id, s.debit_user_id, s.subject_id, v.sha256, s.created_at
       from ledger_transfers r join ledger_transfers s on s.id = r.ends_transfer_id join videos v on v.id = s.subject_id
       where r.type = 'DOWNLOAD_REFUND' and r.credit_user_id = '${h.ana}'`,
    ],
    line: "a record of a download is of one that was paid, by this user and of this video",
    about: ["video", "ana"],
  },
  {
    name: "a record of another file",
    damage: (h) => [`update download_records set sha256 = repeat('0', 64) where ${recordOf(h)}`],
    line: "a record of a download has the checksum of its video",
    about: "video",
  },
  {
    name: "an idempotency key of a download that was not charged",
    damage: (h) => [keyed(h, "download", `{"spendKey": "download:${h.absent}"}`)],
    line: "the idempotency key of a download leads to its charge",
    about: "ana",
  },
  {
    name: "an idempotency key of another user's download",
    damage: (h) => [
      `update idempotency_keys k set result = e.result from idempotency_keys e
       where k.user_id = '${h.ana}' and e.user_id = '${h.eve}' and k.key = 'download' and e.key = 'download'`,
    ],
    line: "the idempotency key of a download leads to its charge",
    about: ["ana", "eve"],
  },
];

const users: Corruption[] = [
  {
    name: "a user without a wallet",
    damage: (h) => [`delete from wallets where user_id = '${h.guest}'`],
    line: "every user has a wallet",
    about: "guest",
  },
  {
    name: "a wallet without a user",
    damage: (h) => [`insert into wallets (user_id) values ('${h.absent}')`],
    line: "every wallet is a user's",
    about: "absent",
  },
  {
    name: "a session of a user who is not there",
    damage: (h) => [`delete from users where id = '${h.eve}'`],
    line: "every session is a user's",
    about: "eve",
  },
  {
    name: "a banned user who is logged in",
    damage: (h) => [`update sessions set ended_at = null, end_reason = null where user_id = '${h.guest}'`],
    line: "a banned user has no session",
    about: "guest",
  },
  {
    name: "a project of a user who is not there",
    damage: (h) => [`update projects set user_id = '${h.absent}' where id = '${h.project}'`],
    line: "every project is a user's",
    about: ["absent", "project"],
  },
  {
    name: "an image of a user who is not there",
    damage: (h) => [`update media set user_id = '${h.absent}' where id = '${h.image}'`],
    line: "every image is a user's",
    about: ["absent", "image"],
  },
  {
    name: "somebody else's picture as an avatar",
    damage: (h) => [`update users set avatar_media_id = '${h.eveImage}' where id = '${h.ana}'`],
    line: "an avatar is an image of its user",
    about: ["ana", "eveImage", "eve"],
  },
];

const followsOrBlocks: Corruption[] = [
  {
    name: "a follower too many in the counts",
    damage: (h) => [`insert into user_stat_deltas (user_id, followers) values ('${h.eve}', 1)`],
    line: "counts of followers and followed users equal the follows",
    about: "eve",
  },
  {
    name: "a follow that is gone",
    damage: (h) => [`delete from follows where follower_id = '${h.ana}'`],
    line: "counts of followers and followed users equal the follows",
    about: "ana",
  },
  {
    name: "a ban that the counts leave out",
    damage: (h) => [`update users set banned_at = null, ban_reason = null where id = '${h.guest}'`],
    line: "counts of followers and followed users equal the follows",
    about: "ana",
  },
  {
    name: "a follow beside a block",
    damage: (h) => [`insert into follows values ('${h.guest}', '${h.eve}', now())`],
    line: "a block leaves no follow between its users",
    about: ["guest", "eve"],
  },
  {
    name: "a block of a user who is not there",
    damage: (h) => [`insert into blocks values ('${h.ana}', '${h.absent}', now())`],
    line: "every follow and block is between two users",
    about: ["ana", "absent"],
  },
  {
    name: "counts of a user who is not there",
    damage: (h) => [`insert into user_stats values ('${h.absent}')`],
    line: "every count of followers is a user's",
    about: "absent",
  },
];

const counted = (column: string): Corruption => ({
  name: `one too many ${column} of a work`,
  damage: (h) => [`insert into work_stat_deltas (work_id, ${column}) values ('${h.work}', 1)`],
  line: `a work's ${column} are its rows, without those of the author and of suspended users`,
  about: "work",
});

const worksAndReports: Corruption[] = [
  ...["likes", "favorites", "shares", "views"].map(counted),
  {
    name: "a like that is gone",
    damage: (h) => [`delete from work_likes where user_id = '${h.eve}'`],
    line: "a work's likes are its rows, without those of the author and of suspended users",
    about: "work",
  },
  {
    name: "a work without counts",
    damage: (h) => [`delete from work_stats where work_id = '${h.work}'`],
    line: "a work has counts",
    about: "work",
  },
  {
    name: "a work of another user's video",
    damage: (h) => [`update works set user_id = '${h.eve}' where id = '${h.work}'`],
    line: "a work is of its author's video, and deleted if and only if the video is",
    about: ["work", "eve", "video", "ana"],
  },
  {
    name: "a deleted video whose work is public",
    damage: (h) => [video("deleted_at = now()", h.video)],
    line: "a work is of its author's video, and deleted if and only if the video is",
    about: ["work", "video"],
  },
  {
    name: "a removed work in the feeds",
    damage: (h) => [
      `update works set status = 'REMOVED', removed_at = now(), removal_reason = 'x', publication_id = null,
        status_before_removal = 'PUBLISHED' where id = '${h.work}'`,
    ],
    line: "a work is in the feeds if and only if it is published",
    about: "work",
  },
  {
    name: "a report of a work that is not there",
    damage: (h) => [`update reports set subject_id = '${h.absent}'`],
    line: "a report is of a work or user that exists, and not of the reporter's own",
    about: ["eve", "absent"],
  },
  {
    name: "a report by the author of the work",
    damage: (h) => [`update reports set reporter_id = '${h.ana}'`],
    line: "a report is of a work or user that exists, and not of the reporter's own",
    about: ["ana", "work"],
  },
];

const incomeOf = (key: string) => `payment_key = '${key}'`;
const incomesSet = (set: string, key: string) => `update incomes set ${set} where ${incomeOf(key)}`;
const everyIncome =
  "every income is one transfer of its amount to its creator, and each of those has its income";
const endedIncome =
  "an income has ended if and only if a transfer ends it, and none was released before its time";
const dividedPayment =
  "each payment pays 450 units for a credit to creators, divided by the rule, and one fee of 50";

const paidIncome = "an income names the payer and the credits of its payment, and is not the payer's own";

const incomes: Corruption[] = [
  {
    name: "an income by another payer",
    damage: (h) => [incomesSet(`payer_id = '${h.guest}'`, `unlock:${h.unlock}`)],
    line: paidIncome,
    about: ["ana", "guest", "unlock", "eve"],
  },
  {
    name: "an income of fewer credits than were paid",
    damage: (h) => [incomesSet("paid_credits = paid_credits - 1", `tip:${h.tip}`)],
    line: paidIncome,
    about: ["ana", "eve", "tip"],
  },
  {
    name: "an income of the payer",
    damage: (h) => [
      "alter table incomes drop constraint incomes_not_paid_by_oneself",
      incomesSet(`user_id = '${h.eve}'`, `unlock:${h.unlock}`),
    ],
    line: paidIncome,
    about: ["eve", "unlock", "eve"],
  },
  {
    name: "coins that no credits paid for",
    damage: (h) => [transfers("amount = amount + 1", `key = 'unlock:${h.unlock}:income:0'`)],
    line: "500 units of coins have left EXCHANGE for each credit that entered it",
    about: [],
  },
  {
    name: "a payment whose fee is too low",
    damage: (h) => [transfers("amount = amount - 1", `key = 'tip:${h.tip}:fee'`)],
    line: dividedPayment,
    about: "tip",
  },
  {
    name: "a payment without a fee",
    damage: (h) => [`delete from ledger_transfers where key = 'tip:${h.tip}:fee'`],
    line: dividedPayment,
    about: "tip",
  },
  {
    name: "a payment whose creator gets a unit less",
    damage: (h) => [incomesSet("units = units - 1", `unlock:${h.unlock}`)],
    line: dividedPayment,
    about: "unlock",
  },
  {
    name: "a payment without an income",
    damage: (h) => [`delete from incomes where ${incomeOf(`tip:${h.tip}`)}`],
    line: dividedPayment,
    about: "tip",
  },
  {
    name: "a reversed tip whose fee stays",
    damage: (h) => [
      `delete from ledger_transfers where ends_transfer_id =
        (select id from ledger_transfers where key = 'tip:${h.reversedTip}:fee')`,
    ],
    line: "a payment is reversed whole or not at all",
    about: "reversedTip",
  },
  {
    name: "a reversed tip whose income stays",
    damage: (h) => [incomesSet("state = 'PENDING', ended_at = null", `tip:${h.reversedTip}`)],
    line: "a payment is reversed whole or not at all",
    about: "reversedTip",
  },
  {
    name: "an income that is gone",
    damage: (h) => [`delete from incomes where ${incomeOf(`unlock:${h.unlock}`)}`],
    line: everyIncome,
    about: "ana",
  },
  {
    name: "an income of another user than its transfer",
    damage: (h) => [incomesSet(`user_id = '${h.guest}'`, `unlock:${h.unlock}`)],
    line: everyIncome,
    about: ["guest", "ana"],
  },
  {
    name: "an income of another work than its transfer",
    damage: (h) => [incomesSet(`work_id = '${h.remixWork}'`, `unlock:${h.unlock}`)],
    line: everyIncome,
    about: "ana",
  },
  {
    name: "an income that was released by no transfer",
    damage: (h) => [incomesSet("state = 'RELEASED', ended_at = release_at", `unlock:${h.unlock}`)],
    line: endedIncome,
    about: [],
  },
  {
    name: "an income that was released before its time",
    damage: (h) => [incomesSet("release_at = ended_at + interval '1 day'", `tip:${h.tip}`)],
    line: endedIncome,
    about: [],
  },
  {
    name: "a pending coin too many",
    damage: wallet("coins_pending = coins_pending + 1"),
    line: "pending coins are the incomes that have not ended",
    about: "ana",
  },
  {
    name: "one credit more tipped today than was",
    damage: (h) => [`update wallets set tipped_today = tipped_today + 1 where user_id = '${h.eve}'`],
    line: "the credits that a wallet counts as tipped are those of its day",
    about: "eve",
  },
];

const tipWithSpend = "every tip has one spend of its amount, and every such spend its tip; reversed together";
const unlockWithSpend =
  "every paid prompt has one spend of its price, and every such spend its row; reversed together";
const ofAuthor = "every tip and paid prompt is for the author of its work, and not for its payer";
const feeEnds =
  "the fee of a remix ends with its task: it is paid or returned after SUCCESS, and returned otherwise";
const remixHold = (h: History) => `key = 'remix-hold:${h.remixTask}'`;

const payments: Corruption[] = [
  {
    name: "a tip without its row",
    damage: (h) => [`delete from tips where id = '${h.tip}'`],
    line: tipWithSpend,
    about: "tip",
  },
  {
    name: "a tip of another amount than was spent",
    damage: (h) => [`update tips set credits = 50 where id = '${h.tip}'`],
    line: tipWithSpend,
    about: ["tip", "eve"],
  },
  {
    name: "a tip that is reversed in its row alone",
    damage: (h) => [`update tips set reversed_at = now() where id = '${h.tip}'`],
    line: tipWithSpend,
    about: "tip",
  },
  {
    name: "a paid prompt without its row",
    damage: (h) => [`delete from prompt_unlocks where id = '${h.unlock}'`],
    line: unlockWithSpend,
    about: "unlock",
  },
  {
    name: "a paid prompt of another user than paid",
    damage: (h) => [`update prompt_unlocks set user_id = '${h.guest}' where id = '${h.unlock}'`],
    line: unlockWithSpend,
    about: ["unlock", "guest", "eve"],
  },
  {
    name: "a tip for another user than the author",
    damage: (h) => [`update tips set author_id = '${h.guest}' where id = '${h.tip}'`],
    line: ofAuthor,
    about: ["tip", "eve", "guest", "work", "ana"],
  },
  {
    name: "a tip to oneself",
    damage: (h) => [
      "alter table tips drop constraint tips_not_to_oneself",
      `update tips set user_id = author_id where id = '${h.tip}'`,
    ],
    line: ofAuthor,
    about: ["tip", "ana", "ana", "work"],
  },
  {
    name: "a prompt that its own author paid for",
    damage: (h) => [
      "alter table prompt_unlocks drop constraint prompt_unlocks_not_own",
      `update prompt_unlocks set user_id = author_id where id = '${h.unlock}'`,
    ],
    line: ofAuthor,
    about: ["unlock", "ana", "ana", "work"],
  },
  {
    name: "a tip that is no step",
    damage: (h) => [
      "alter table tips drop constraint tips_steps",
      `update tips set credits = 11 where id = '${h.tip}'`,
    ],
    line: "a tip is one of the steps",
    about: ["tip", "eve"],
  },
  {
    name: "a prompt that was paid for twice",
    damage: (h) => [
      "drop index prompt_unlocks_once",
      `insert into prompt_unlocks (id, work_id, user_id, author_id, title, credits, created_at)
        select gen_random_uuid(), work_id, user_id, author_id, title, credits, created_at from prompt_unlocks
        where id = '${h.unlock}'`,
    ],
    line: "a user has paid once for a prompt, unless the payment was reversed",
    about: ["eve", "work"],
  },
  {
    name: "an income for another user's work",
    damage: (h) => [incomesSet(`earning_work_id = '${h.remixWork}'`, `unlock:${h.unlock}`)],
    line: "an income is of the work's author: the paid work's, or that of a level above it",
    about: ["ana", "work", "remixWork", "eve"],
  },
  {
    name: "an income of a level that the work does not have",
    damage: (h) => [incomesSet("level = 1", `unlock:${h.unlock}`)],
    line: "an income is of the work's author: the paid work's, or that of a level above it",
    about: ["ana", "work"],
  },
  {
    name: "a user's tips summed up wrongly",
    damage: (h) => [`update work_tippers set credits = credits + 1 where user_id = '${h.eve}'`],
    line: "a user's tips for a work are summed up without the reversed ones",
    about: ["eve", "work"],
  },
  {
    name: "one tip too many of a work",
    damage: (h) => [`insert into work_stat_deltas (work_id, tips) values ('${h.work}', 1)`],
    line: "a work's tips are those of users who are not suspended",
    about: "work",
  },
  {
    name: "a tipper's suspension that the counts leave out",
    damage: (h) => [`update users set banned_at = now(), ban_reason = 'x' where id = '${h.eve}'`],
    line: "a work's tips are those of users who are not suspended",
    about: "work",
  },
  {
    name: "a remix that is not counted",
    damage: (h) => [
      `update work_stats set remixes = 0 where work_id = '${h.work}'`,
      `delete from work_stat_deltas`,
    ],
    line: "a work's remixes are the published ones by other users who are not suspended",
    about: "work",
  },
  {
    name: "a remix of a work whose lineage is gone",
    damage: (h) => [`delete from work_lineage where work_id = '${h.remixWork}'`],
    line: "a work is of the source that its task was made from, and its lineage begins there",
    about: ["remixWork", "work"],
  },
  {
    name: "a remix that forgot its source",
    damage: (h) => [`update works set remix_of = null where id = '${h.remixWork}'`],
    line: "a work is of the source that its task was made from, and its lineage begins there",
    about: ["remixWork", "work"],
  },
  {
    name: "a remix without the hold of its fee",
    damage: (h) => [`delete from ledger_transfers where ${remixHold(h)}`],
    line: "a remix has a hold of its fee, if there is one, of its own user",
    about: ["remixTask", "eve"],
  },
  {
    name: "a remix whose fee is not the held one",
    damage: (h) => [task("remix_fee_credits = remix_fee_credits + 1", h.remixTask)],
    line: "a remix has a hold of its fee, if there is one, of its own user",
    about: ["remixTask", "eve"],
  },
  {
    name: "a made remix whose fee is still held",
    damage: (h) => [
      `delete from ledger_transfers where ends_transfer_id = (select id from ledger_transfers where ${remixHold(h)})`,
    ],
    line: feeEnds,
    about: "remixTask",
  },
  {
    name: "a failed remix whose fee was paid",
    damage: (h) => [task("status = 'FAILURE', failure_code = 'VENDOR_ERROR'", h.remixTask)],
    line: feeEnds,
    about: "remixTask",
  },
];

export const corruptions: Corruption[] = [
  ...balances,
  ...ledger,
  ...tasks,
  ...videos,
  ...users,
  ...followsOrBlocks,
  ...worksAndReports,
  ...incomes,
  ...payments,
];
