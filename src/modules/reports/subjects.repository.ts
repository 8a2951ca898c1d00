import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../platform/db/index.js";
import { users } from "../accounts/accounts.tables.js";
import { visibleUser } from "../social/index.js";
import { reportableWork } from "../works/index.js";
import { works } from "../works/works.tables.js";

/** The subject of a report. `id` is a bare UUID. */
export interface Subject {
  type: "work" | "user";
  id: string;
}

export interface SubjectState {
  /** Whether it is the viewer, or a work of the viewer. */
  isOwn: boolean;
  /** Title and description, or nickname and bio. */
  text: string;
}

/** Null if the viewer may not report the subject. */
export async function readSubject(tx: Tx, viewerId: string, subject: Subject): Promise<SubjectState | null> {
  return subject.type === "work" ? readWork(tx, viewerId, subject.id) : readUser(tx, viewerId, subject.id);
}

async function readWork(tx: Tx, viewerId: string, workId: string): Promise<SubjectState | null> {
  const [work] = await tx
    .select({ userId: works.userId, title: works.title, description: works.description })
    .from(works)
    .innerJoin(users, eq(users.id, works.userId))
    .where(and(eq(works.id, workId), reportableWork(sql`${viewerId}::uuid`)));
  return work ? { isOwn: work.userId === viewerId, text: join(work.title, work.description) } : null;
}

async function readUser(tx: Tx, viewerId: string, userId: string): Promise<SubjectState | null> {
  const [user] = await tx
    .select({ nickname: users.nickname, bio: users.bio })
    .from(users)
    .where(and(eq(users.id, userId), visibleUser(sql`${viewerId}::uuid`)));
  return user ? { isOwn: userId === viewerId, text: join(user.nickname, user.bio) } : null;
}

function join(name: string, text: string): string {
  return text === "" ? name : `${name}\n\n${text}`;
}
