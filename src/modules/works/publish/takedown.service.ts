import { sql } from "drizzle-orm";
import type { FrozenReversals, PaymentReversals } from "../payments/payment-reversals.js";
import { workPrefix } from "../works.ids.js";
import { works } from "../works.tables.js";
import { type Removal, type RemovalDependencies, RemovalService, VideoGone } from "./removal.service.js";

interface TakedownDependencies extends RemovalDependencies {
  reversals: PaymentReversals;
}

export interface TakedownOptions {
  reason: string;
  /** Reverses the tips and unlocks whose income is still frozen. */
  refund: boolean;
  /** Also takes down everything that was made from the work, at every level. */
  withRemixes: boolean;
}

export interface Takedown {
  /** Public id. */
  workId: string;
  /** Null if the work is gone with its video. */
  removal: Removal | null;
  /** Null if no refund was requested. */
  refunds: FrozenReversals | null;
}

/**
 * The removal of a work together with its payments or its remixes. Every step commits by itself and changes nothing when
 * it is repeated, so that an interrupted takedown is completed by running it again.
 */
export class TakedownService {
  private readonly removals: RemovalService;

  constructor(private readonly deps: TakedownDependencies) {
    this.removals = new RemovalService(deps);
  }

  /** Works in the order in which they are taken down. Throws OperatorErrors, and BadUserInput for a bad reason. */
  async *takeDown(id: string, options: TakedownOptions): AsyncGenerator<Takedown> {
    const first = await this.takeDownOne(id, options);
    yield first;
    if (!options.withRemixes) return;
    const done = new Set([first.workId]);
    // Until no new remix is found: some may be published in the meantime.
    for (let found = [first.workId]; found.length > 0; ) {
      found = (await this.remixesOf(id)).filter((workId) => !done.has(workId));
      for (const workId of found) {
        yield await this.takeDownOne(workId, options);
        done.add(workId);
      }
    }
  }

  /** The removal comes first: after it, nothing more is paid for the work. */
  private async takeDownOne(id: string, options: TakedownOptions): Promise<Takedown> {
    const { reason, refund, withRemixes } = options;
    const uuid = workPrefix.toUuid(id);
    const removal = await this.removals.remove(id, reason).catch((error: unknown) => {
      if (error instanceof VideoGone && (refund || withRemixes)) return null;
      throw error;
    });
    const refunds = refund && uuid ? await this.deps.reversals.reverseFrozen(uuid, reason) : null;
    return { workId: id, removal, refunds };
  }

  /** At every level, the nearest first; also those below a work that is gone. */
  private async remixesOf(id: string): Promise<string[]> {
    const rows = await this.deps.db.execute<{ id: string }>(sql`
      with recursive made (id, level) as (
        select ${workPrefix.toUuid(id)}::uuid, 0
        union
        select ${works.id}, made.level + 1 from made join ${works} on ${works.remixOf} = made.id
      )
      select id from made where level > 0 order by level, id`);
    return rows.map((row) => workPrefix.toPublicId(row.id));
  }
}
