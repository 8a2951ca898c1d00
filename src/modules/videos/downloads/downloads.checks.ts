import { sql } from "drizzle-orm";
import type { Check } from "../../../platform/db/checks.js";

/** A spend whose credits were not returned. */
const paid = sql`s.type = 'DOWNLOAD_SPEND'
  and not exists (select from ledger_transfers r where r.ends_transfer_id = s.id)`;

/** Compares the record of downloads with the ledger. */
export const downloadChecks: Check[] = [
  {
    invariant: "every paid download is on record",
    breaches: sql`
      select format('user %s paid for the video %s at %s (entry %s), which is not on record', s.debit_user_id,
        s.subject_id, s.created_at, s.id) as detail
      from ledger_transfers s
      where ${paid} and s.created_at >= coalesce((select complete_since from download_retention), '-infinity')
        and not exists (select from download_records d where d.spend_id = s.id)`,
  },
  {
    invariant: "a record of a download is of one that was paid, by this user and of this video",
    breaches: sql`
      select format('record of the video %s for user %s (entry %s): %s', d.video_id, d.user_id, d.spend_id,
        case when s.id is null then 'nothing was paid'
          else format('user %s paid for the video %s at %s', s.debit_user_id, s.subject_id, s.created_at) end) as detail
      from download_records d left join ledger_transfers s on s.id = d.spend_id and ${paid}
      where (s.debit_user_id, s.subject_id, s.created_at) is distinct from (d.user_id, d.video_id, d.created_at)`,
  },
  {
    invariant: "a record of a download has the checksum of its video",
    breaches: sql`
      select format('video %s has the file %s, the record of entry %s has %s', v.id, v.sha256, d.spend_id, d.sha256)
        as detail
      from download_records d join videos v on v.id = d.video_id where v.sha256 <> d.sha256`,
  },
];
