import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, Decimal } from "../../platform/graphql/scalars.js";
import { User } from "../accounts/index.js";
import { AspectRatio } from "../catalog/index.js";
import { workPrefix } from "./works.ids.js";
import type { works } from "./works.tables.js";

/** A row of `works`. Ids are bare UUIDs. */
export type WorkRow = typeof works.$inferSelect;

/** Counts of a work. `revision` grows with them. */
export interface WorkCounts {
  likes: number;
  favorites: number;
  shares: number;
  views: number;
  tips: number;
  remixes: number;
  revision: number;
}

/** A work from the view of one viewer. */
export interface WorkViewer {
  author: User;
  /** A bare UUID; null without a login. */
  viewerId: string | null;
  liked: boolean;
  favorited: boolean;
  /** The viewer has paid for the prompt. */
  unlocked: boolean;
}

export enum WorkStatus {
  PUBLISHED = "PUBLISHED",
  UNPUBLISHED = "UNPUBLISHED",
  REMOVED = "REMOVED",
}
registerEnumType(WorkStatus, {
  name: "WorkStatus",
  description: "Whether a work is public.",
  valuesConfig: {
    PUBLISHED: { description: "Public." },
    UNPUBLISHED: {
      description: "Taken out by its author. publishWork of the same video makes it public again.",
    },
    REMOVED: { description: "Taken out by an operator; see removal." },
  },
});

export enum PromptState {
  OPEN = "OPEN",
  LOCKED = "LOCKED",
  UNLOCKED = "UNLOCKED",
  OWN = "OWN",
}
registerEnumType(PromptState, {
  name: "PromptState",
  description: "Whether the viewer may read a work's prompt.",
  valuesConfig: {
    OPEN: { description: "Free to read." },
    LOCKED: { description: "Has a price that the viewer has not paid." },
    UNLOCKED: { description: "Paid for. It stays readable if the work is taken out or its price changes." },
    OWN: { description: "The viewer's own." },
  },
});

@ObjectType({ simpleResolvers: true, description: "The prompt of a work: its author's own words." })
export class WorkPrompt {
  @Field(() => PromptState, { description: "Whether the viewer may read it." }) state!: PromptState;
  @Field(() => String, { nullable: true, description: "Null while LOCKED." }) text!: string | null;
  @Field(() => Int, { description: "In Unicode code points. Also known while LOCKED." }) length!: number;
  @Field(() => Int, { description: "0 if OPEN." }) priceCredits!: number;
}

@ObjectType({ simpleResolvers: true, description: "Why an operator took a work out." })
export class WorkRemoval {
  @Field(() => DateTime, { description: "Time of the removal." }) removedAt!: Date;
  @Field(() => String, { description: "For the author, in the operator's words." }) reason!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Income from one work so far, in coins, without reversed income.",
})
export class WorkEarnings {
  static readonly none = Object.assign(new WorkEarnings(), {
    ...{ tips: "0.0000", promptUnlocks: "0.0000", remixes: "0.0000" },
  });

  @Field(() => Decimal, { description: "From tips." }) tips!: string;
  @Field(() => Decimal, { description: "From its prompt." }) promptUnlocks!: string;
  @Field(() => Decimal, { description: "From remixes of it, and from remixes of those." }) remixes!: string;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A published video: free to watch with a watermark.",
})
export class Work extends Node {
  @Field(() => String, { description: "1 to 200 characters." }) title: string;
  @Field(() => String, { description: "At most 2000 characters. May be empty." }) description: string;
  @Field(() => User, { description: "The user who published it." }) author: User;
  @Field(() => WorkStatus, {
    description: "PUBLISHED for everybody but its author, who also sees the others.",
  })
  status: WorkStatus;
  @Field(() => Int, { description: "The duration that the task requested." }) durationSec: number;
  @Field(() => AspectRatio, { description: "The ratio that the task requested." }) ratio: AspectRatio;
  @Field(() => Int, { description: "In pixels, of the original file." }) width: number;
  @Field(() => Int, { description: "In pixels, of the original file." }) height: number;
  @Field(() => String, { description: "The model that made it." }) model: string;
  @Field(() => Boolean, { description: "Whether others may make their own video from it." })
  remixable: boolean;
  @Field(() => Int, {
    description:
      "The price of a remix beside the generation, for everybody but the authors it was made from.",
  })
  remixFeeCredits: number;
  @Field(() => Int, {
    description:
      "Users who like it. All counts leave out the author and suspended users, and are the same for every viewer.",
  })
  likeCount: number;
  @Field(() => Int, { description: "Users who have it among their favorites." }) favoriteCount: number;
  @Field(() => Int, { description: "Tips, without reversed ones." }) tipCount: number;
  @Field(() => Int, { description: "Users who passed it on." }) shareCount: number;
  @Field(() => Int, { description: "Logged-in viewers, each once per UTC day." }) viewCount: number;
  @Field(() => Int, { description: "Published remixes." }) remixCount: number;
  @Field(() => Boolean, { description: "False without a login." }) viewerLiked: boolean;
  @Field(() => Boolean, { description: "False without a login." }) viewerFavorited: boolean;
  @Field(() => DateTime, {
    description: "Time of the first publication. It stays if the work is taken out and published again.",
  })
  publishedAt: Date;
  @Field(() => DateTime, { description: "Time of the last change by its author or an operator." })
  updatedAt: Date;

  constructor(
    readonly row: WorkRow,
    readonly counts: WorkCounts,
    readonly viewer: WorkViewer,
  ) {
    super();
    this.id = workPrefix.toPublicId(row.id);
    this.title = row.title;
    this.description = row.description;
    this.author = viewer.author;
    this.status = row.status as WorkStatus;
    this.durationSec = row.durationSec;
    this.ratio = row.ratio as AspectRatio;
    this.width = row.width;
    this.height = row.height;
    this.model = row.model;
    this.remixable = row.remixable;
    this.remixFeeCredits = row.remixFeeCredits;
    this.likeCount = counts.likes;
    this.favoriteCount = counts.favorites;
    this.tipCount = counts.tips;
    this.shareCount = counts.shares;
    this.viewCount = counts.views;
    this.remixCount = counts.remixes;
    this.viewerLiked = viewer.liked;
    this.viewerFavorited = viewer.favorited;
    this.publishedAt = row.publishedAt;
    this.updatedAt = row.updatedAt;
  }

  /** Whether lists show it. Its author also sees it when it is taken out. */
  get isListed(): boolean {
    return this.row.status === "PUBLISHED";
  }

  get isOwn(): boolean {
    return this.viewer.viewerId === this.row.userId;
  }

  /** Grows with every change of the work or its counts. */
  get version(): number {
    return this.row.revision + this.counts.revision;
  }
}

export const { Connection: WorkConnection } = connectionTypes(Work);

@ObjectType({ simpleResolvers: true, description: "Result of a mutation of one work." })
export class WorkPayload {
  @Field(() => Work, { description: "The work after the change." }) work!: Work;
}

@ObjectType({ simpleResolvers: true, description: "Result of unpublishWork." })
export class UnpublishWorkPayload {
  @Field(() => Work, { description: "The work as its author sees it." }) work!: Work;
}

@ObjectType({ simpleResolvers: true, description: "Result of viewWorks." })
export class ViewWorksPayload {
  @Field(() => [Work], { description: "The works that the viewer may see, in the order of the input." })
  works!: Work[];
}
