import { eq } from "drizzle-orm";
import type { App } from "../../app/create-app.js";
import { users } from "../../modules/accounts/accounts.tables.js";
import { createPlan } from "./plan.js";
import { seedFollows, seedPeople } from "./seed-people.js";
import { seedReactions } from "./seed-reactions.js";
import { seedWorks } from "./seed-works.js";

export interface SeedOptions {
  users: number;
  works: number;
  seed: number;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Adds what the seed number decides and the database does not have yet, and waits until all of it is counted. */
export async function runSeed(app: App, options: SeedOptions): Promise<void> {
  const plan = createPlan(options);
  const now = app.clock.now();
  const people = await seedPeople(app, plan, { seed: options.seed, now });
  say(`✓ people: ${counted(people, plan.people.length)}`);
  const works = await seedWorks(app, plan, { now, onProgress: showEvery(50) });
  say(`✓ published works: ${counted(works, plan.works.length)}`);
  const follows = await seedFollows(app, plan);
  say(`✓ follows: ${counted(follows, plan.follows.length)}`);
  const added = await seedReactions(app, plan);
  say(`✓ views: ${counted(added.view, plan.reactions.view.length)}`);
  say(`✓ likes: ${counted(added.like, plan.reactions.like.length)}`);
  say(`✓ favorites: ${counted(added.favorite, plan.reactions.favorite.length)}`);
  say(`✓ shares: ${counted(added.share, plan.reactions.share.length)}`);
  await app.modules.works.updateAllCounts();
  await app.modules.social.updateCounts();
  const changes = [people, works, follows, ...Object.values(added)];
  if (changes.every((count) => count === 0))
    say(`\nThe data of seed ${options.seed} exists already; nothing was added.`);
  await sayHowToLogIn(app, plan.people[0]?.id ?? "");
}

function counted(added: number, count: number): string {
  return `${count.toLocaleString("en")} (${added.toLocaleString("en")} new)`;
}

function showEvery(step: number) {
  return (done: number, count: number) => {
    if (done % step === 0 && done < count) say(`  ${done} of ${count} works`);
  };
}

async function sayHowToLogIn({ db }: App, userId: string): Promise<void> {
  const [user] = await db.select().from(users).where(eq(users.id, userId));
  if (!user) return;
  say(
    `\nLog in as ${user.nickname} with the phone number ${user.phone}. The login code is in the response's`,
  );
  say("developmentCode and in the server's log.");
}
