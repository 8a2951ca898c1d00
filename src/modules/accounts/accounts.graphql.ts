import { Field, ID, InputType, ObjectType } from "type-graphql";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, PhoneNumber } from "../../platform/graphql/scalars.js";
import { userPrefix } from "./accounts.ids.js";
import type { UserRow } from "./users.repository.js";

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "Somebody who has logged in at least once.",
})
export class User extends Node {
  /** The bare UUID; `id` is its public form. */
  userId!: string;
  fullPhone!: string;
  avatarMediaId!: string | null;
  /** Set on what a login answers with: there is no viewer yet, but the user has just proven who they are. */
  isOwn!: boolean;

  @Field(() => String, { simple: true, description: "1 to 40 characters." })
  nickname!: string;

  @Field(() => String, { simple: true, description: "What they say about themself; may be empty." })
  bio!: string;

  @Field(() => DateTime, { simple: true, description: "When they first logged in." })
  createdAt!: Date;

  static of(row: UserRow, options?: { own: boolean }): User {
    return Object.assign(new User(), {
      id: userPrefix.toPublicId(row.id),
      userId: row.id,
      fullPhone: row.phone,
      avatarMediaId: row.avatarMediaId,
      own: options?.own ?? false,
      nickname: row.nickname,
      bio: row.bio,
      createdAt: row.createdAt,
    });
  }
}

@ObjectType({ simpleResolvers: true, description: "What a user has done so far." })
export class UserStats {
  userId!: string;

  static of(user: User): UserStats {
    return Object.assign(new UserStats(), { userId: user.userId });
  }
}

@ObjectType({ simpleResolvers: true, description: "A login that lasts. Keep both tokens secret." })
export class Session {
  @Field(() => String, {
    description:
      "A JWT for the Authorization header and for connection_init: Bearer <accessToken>. Good for 15 minutes.",
  })
  accessToken!: string;

  @Field(() => DateTime, { description: "From then on only refreshSession helps." })
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description:
      "Single use: every refresh rotates it. Used once more within REFRESH_LEEWAY_MS (two tabs at once, an answer that got lost) it gives tokens of the same session again; reuse later than that ends the session.",
  })
  refreshToken!: string;

  @Field(() => DateTime, { description: "30 days after it was handed out." })
  refreshTokenExpiresAt!: Date;

  @Field(() => User, { description: "Who is logged in." })
  user!: User;

  @Field(() => Boolean, { description: "True when this login made the user." })
  isNewUser!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "The same whether or not the phone is known." })
export class RequestLoginCodePayload {
  @Field(() => String, {
    nullable: true,
    description:
      "The code itself, for development: null unless SMS_PROVIDER is console, NODE_ENV is not production and the request comes from this machine (loopback, without a proxy).",
  })
  developmentCode!: string | null;

  @Field(() => DateTime, { description: "When the code that was sent stops working." })
  expiresAt!: Date;

  @Field(() => DateTime, { description: "Earliest moment at which another code may be asked for." })
  retryAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "The profile after the change." })
export class UpdateProfilePayload {
  @Field(() => User, { description: "The viewer." })
  user!: User;
}

@InputType({ description: "Where to send a login code." })
export class RequestLoginCodeInput {
  @Field(() => PhoneNumber, { description: "The phone to log in with, known to us or not." })
  phone!: string;
}

@InputType({ description: "A phone and the code that was sent to it." })
export class LoginInput {
  @Field(() => PhoneNumber, { description: "The phone that the code was asked for." })
  phone!: string;

  @Field(() => String, { description: "Six digits." })
  code!: string;
}

@InputType({ description: "The newest refresh token of a session." })
export class RefreshSessionInput {
  @Field(() => String, { description: "It is used up by this, whatever becomes of the answer." })
  refreshToken!: string;
}

@InputType({ description: "What is left out stays as it is." })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: "1 to 40 characters after trimming." })
  nickname?: string | null;

  @Field(() => String, { nullable: true, description: "At most 500 characters." })
  bio?: string | null;

  @Field(() => ID, { nullable: true, description: "An image of one's own; null takes the avatar away." })
  avatarMediaId?: string | null;
}
