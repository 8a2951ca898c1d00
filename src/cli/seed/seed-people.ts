import { inArray } from "drizzle-orm";
import type { App } from "../../app/create-app.js";
import { users } from "../../modules/accounts/accounts.tables.js";
import { userPrefix } from "../../modules/accounts/index.js";
import { follows } from "../../modules/social/social.tables.js";
import { AppError } from "../../platform/base/app-error.js";
import { concurrently } from "./concurrently.js";
import { Draw } from "./draw.js";
import { fictionalPhone } from "./fictional-phones.js";
import type { Plan, PlannedPerson } from "./plan.js";

const triesMax = 100;

/** Creates the people who do not exist yet. Returns their number. */
export async function seedPeople(app: App, plan: Plan, { seed, now }: { seed: number; now: Date }) {
  const draw = new Draw(seed);
  const existing = await app.db
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, idsOf(plan.people)));
  const found = new Set(existing.map(({ id }) => id));
  const missing = plan.people.filter(({ id }) => !found.has(id));
  // One after another, so that the same people get the same phone numbers.
  for (const person of missing) await createPerson(app, person, draw, now);
  return missing.length;
}

/** With the first free phone number of a row that the seed decides. Other seeds may have taken some of them. */
async function createPerson(app: App, person: PlannedPerson, draw: Draw, now: Date): Promise<void> {
  const { id, nickname, bio, joinedAgoMs } = person;
  const createdAt = new Date(now.getTime() - joinedAgoMs);
  for (let tries = 0; tries < triesMax; tries++) {
    const phone = fictionalPhone((count) => draw.index(count, "phone", id, tries));
    if (await app.modules.accounts.service.register({ id, phone, nickname, bio, createdAt })) return;
  }
  throw new Error(`no free phone number for a person after ${triesMax} tries`);
}

/** Adds the follows that do not exist yet. Returns their number. */
export async function seedFollows(app: App, { people, follows: planned }: Plan): Promise<number> {
  const rows = await app.db
    .select({ follower: follows.followerId, followed: follows.followedId })
    .from(follows)
    .where(inArray(follows.followerId, idsOf(people)));
  const existing = new Set(rows.map(({ follower, followed }) => `${follower} ${followed}`));
  let added = 0;
  await concurrently(planned, 4, async ({ follower, followed }) => {
    if (existing.has(`${follower.id} ${followed.id}`)) return;
    const isAdded = await isAllowed(
      app.modules.social.service.follow(follower.id, userPrefix.toPublicId(followed.id)),
    );
    if (isAdded) added++;
  });
  return added;
}

/** False if the product refuses it, because a developer has banned, blocked or unpublished in the meantime. */
export async function isAllowed(action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

const idsOf = (people: readonly PlannedPerson[]) => people.map(({ id }) => id);
