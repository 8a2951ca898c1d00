import type { Language } from "../../platform/base/language.js";
import { Draw } from "./draw.js";
import { type Film, texts } from "./texts.js";

export interface PlannedPerson {
  id: string;
  nickname: string;
  bio: string;
  joinedAgoMs: number;
}

export interface PlannedWork {
  /** Of the video and of its task. */
  videoId: string;
  author: PlannedPerson;
  film: Film;
  title: string;
  description: string;
  promptPriceCredits: number;
  remixable: boolean;
  remixFeeCredits: number;
  publishedAgoMs: number;
}

/** A reaction to a work. */
export interface PlannedReaction {
  person: PlannedPerson;
  work: PlannedWork;
}

export const reactionKinds = ["view", "like", "favorite", "share"] as const;
export type ReactionKind = (typeof reactionKinds)[number];

export interface Plan {
  people: PlannedPerson[];
  works: PlannedWork[];
  follows: { follower: PlannedPerson; followed: PlannedPerson }[];
  reactions: Record<ReactionKind, PlannedReaction[]>;
}

const dayMs = 24 * 60 * 60 * 1000;
const spreadDays = 7;
const englishShare = 0.6;
/** Of the works that a person watches. */
const reactionShares = { like: 0.3, favorite: 0.1, share: 0.05 };
const watchedMin = 30;
const watchedMax = 90;
const followedMax = 15;

/** Everything that a seed number decides. */
export function createPlan({ seed, users, works }: { seed: number; users: number; works: number }): Plan {
  const draw = new Draw(seed);
  const languages = range(users).map(
    (n): Language => (n === 0 || draw.share("language", n) < englishShare ? "en" : "zh"),
  );
  const people = languages.map((language, n) => planPerson(draw, language, n));
  const plannedWorks = range(works).map((n) => {
    const author = draw.indexOfPopular(users, "author", n);
    return planWork(draw, people[author] as PlannedPerson, languages[author] as Language, n);
  });
  return {
    ...{ people, works: plannedWorks },
    follows: planFollows(draw, people),
    reactions: planReactions(draw, people, plannedWorks),
  };
}

function planPerson(draw: Draw, language: Language, n: number): PlannedPerson {
  const { names, bios } = texts[language];
  const given = draw.pick(names.first, "first name", n);
  return {
    id: draw.uuid("person", n),
    nickname: `${given}${names.separator}${draw.pick(names.second, "second name", n)}`,
    bio: draw.pick(bios, "bio", n),
    joinedAgoMs: (spreadDays + 1 + draw.share("joined", n) * 60) * dayMs,
  };
}

function planWork(draw: Draw, author: PlannedPerson, language: Language, n: number): PlannedWork {
  const film = draw.pick(texts[language].films, "film", n);
  return {
    ...{ videoId: draw.uuid("video", n), author, film },
    title: draw.pick(film.titles, "title", n),
    description: draw.pick(texts[language].descriptions, "description", n),
    promptPriceCredits: draw.pick([0, 5, 5, 10], "price", n),
    remixable: draw.share("remixable", n) < 0.85,
    remixFeeCredits: draw.pick([2, 2, 5], "fee", n),
    // Newer ones are more frequent, so that the last 24 hours have enough for HOT.
    publishedAgoMs: Math.round(draw.share("age", n) ** 2 * spreadDays * dayMs),
  };
}

function planFollows(draw: Draw, people: readonly PlannedPerson[]): Plan["follows"] {
  return people.flatMap((follower, n) => {
    const tries = 3 + draw.index(followedMax - 2, "follows", n);
    const picked = new Set(range(tries).map((nth) => draw.indexOfPopular(people.length, "followed", n, nth)));
    picked.delete(n);
    return [...picked].map((other) => ({ follower, followed: people[other] as PlannedPerson }));
  });
}

function planReactions(
  draw: Draw,
  people: readonly PlannedPerson[],
  works: readonly PlannedWork[],
): Plan["reactions"] {
  const view = people.flatMap((person, n) => {
    const tries = watchedMin + draw.index(watchedMax - watchedMin + 1, "watched", n);
    const picked = new Set(
      range(works.length === 0 ? 0 : tries).map((nth) => draw.indexOfPopular(works.length, "work", n, nth)),
    );
    return [...picked].map((nth) => ({ person, work: works[nth] as PlannedWork }));
  });
  const some = (kind: keyof typeof reactionShares) =>
    view.filter(
      ({ person, work }) =>
        person !== work.author && draw.share(kind, person.id, work.videoId) < reactionShares[kind],
    );
  return { view, like: some("like"), favorite: some("favorite"), share: some("share") };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
