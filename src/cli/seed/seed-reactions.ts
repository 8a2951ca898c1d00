import { inArray } from "drizzle-orm";
import type { App } from "../../app/create-app.js";
import { workPrefix } from "../../modules/works/index.js";
import {
  workFavorites,
  workLikes,
  workShares,
  workViews,
} from "../../modules/works/reactions/reactions.tables.js";
import { works } from "../../modules/works/works.tables.js";
import { concurrently } from "./concurrently.js";
import { type Plan, type PlannedReaction, type ReactionKind, reactionKinds } from "./plan.js";
import { isAllowed } from "./seed-people.js";

const tables = { view: workViews, like: workLikes, favorite: workFavorites, share: workShares };
const concurrency = 64;
const viewsPerCall = 50;

/** Adds the reactions that do not exist yet. Returns their numbers. */
export async function seedReactions(app: App, plan: Plan): Promise<Record<ReactionKind, number>> {
  const workIds = await findWorkIds(app, plan);
  const added = { view: 0, like: 0, favorite: 0, share: 0 };
  for (const kind of reactionKinds) {
    const missing = await findMissing(app, kind, plan.reactions[kind], workIds);
    added[kind] = kind === "view" ? await view(app, missing) : await react(app, kind, missing);
  }
  return added;
}

/** One reaction, by bare UUIDs. */
interface Missing {
  userId: string;
  workId: string;
}

/** By the UUID of the video. */
async function findWorkIds(app: App, plan: Plan): Promise<Map<string, string>> {
  const rows = await app.db
    .select({ id: works.id, videoId: works.videoId })
    .from(works)
    .where(
      inArray(
        works.videoId,
        plan.works.map(({ videoId }) => videoId),
      ),
    );
  return new Map(rows.map(({ id, videoId }) => [videoId, id]));
}

async function findMissing(
  app: App,
  kind: ReactionKind,
  planned: readonly PlannedReaction[],
  workIds: Map<string, string>,
): Promise<Missing[]> {
  const table = tables[kind];
  const rows = await app.db
    .select({ userId: table.userId, workId: table.workId })
    .from(table)
    .where(inArray(table.workId, [...workIds.values()]));
  const existing = new Set(rows.map(({ userId, workId }) => `${userId} ${workId}`));
  return planned.flatMap(({ person, work }) => {
    const workId = workIds.get(work.videoId);
    return workId && !existing.has(`${person.id} ${workId}`) ? [{ userId: person.id, workId }] : [];
  });
}

async function react(
  app: App,
  kind: Exclude<ReactionKind, "view">,
  missing: readonly Missing[],
): Promise<number> {
  let added = 0;
  await concurrently(missing, concurrency, async ({ userId, workId }) => {
    const { reactions } = app.modules.works;
    if (await isAllowed(reactions.react(kind, userId, workPrefix.toPublicId(workId)))) added++;
  });
  return added;
}

async function view(app: App, missing: readonly Missing[]): Promise<number> {
  const calls = [...Map.groupBy(missing, ({ userId }) => userId)].flatMap(([userId, ofUser]) =>
    Array.from({ length: Math.ceil(ofUser.length / viewsPerCall) }, (_, n) => ({
      userId,
      ids: ofUser
        .slice(n * viewsPerCall, (n + 1) * viewsPerCall)
        .map(({ workId }) => workPrefix.toPublicId(workId)),
    })),
  );
  let added = 0;
  await concurrently(calls, 4, async ({ userId, ids }) => {
    const viewed = await app.modules.works.reactions.view(userId, ids);
    added += viewed.length;
  });
  return added;
}
