import { Field, ID, InputType, ObjectType } from "type-graphql";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, PhoneNumber } from "../../platform/graphql/scalars.js";
import { userPrefix } from "./accounts.ids.js";
import type { UserRow } from "./users.repository.js";

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "A registered user. The first login with a phone number creates one.",
})
export class User extends Node {
  /** The bare UUID. `id` is its public form. */
  userId!: string;
  fullPhone!: string;
  avatarMediaId!: string | null;
  /** True in the result of a login: the request has no viewer yet, but the user has just authenticated. */
  isOwn!: boolean;

  @Field(() => String, { simple: true, description: "1 to 40 characters." })
  nickname!: string;

  @Field(() => String, { simple: true, description: "A short text about the user. May be empty." })
  bio!: string;

  @Field(() => DateTime, { simple: true, description: "Time of the first login." })
  createdAt!: Date;

  static of(row: UserRow, options?: { isOwn: boolean }): User {
    return Object.assign(new User(), {
      id: userPrefix.toPublicId(row.id),
      userId: row.id,
      fullPhone: row.phone,
      avatarMediaId: row.avatarMediaId,
      isOwn: options?.isOwn ?? false,
      nickname: row.nickname,
      bio: row.bio,
      createdAt: row.createdAt,
    });
  }
}

@ObjectType({ simpleResolvers: true, description: "Activity counters of a user." })
export class UserStats {
  userId!: string;

  static of(user: User): UserStats {
    return Object.assign(new UserStats(), { userId: user.userId });
  }
}

@ObjectType({ simpleResolvers: true, description: "A login session. Keep both tokens secret." })
export class Session {
  @Field(() => String, {
    description:
      "A JWT for the Authorization header and for connection_init: Bearer <accessToken>. Valid for 15 minutes.",
  })
  accessToken!: string;

  @Field(() => DateTime, { description: "After this time, call refreshSession for a new access token." })
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description:
      "Single use: every refresh returns a new one. A second use within REFRESH_LEEWAY_MS (two tabs, or a lost response) returns tokens of the same session. Reuse after that ends the session.",
  })
  refreshToken!: string;

  @Field(() => DateTime, { description: "30 days after it was issued." })
  refreshTokenExpiresAt!: Date;

  @Field(() => User, { description: "The user who logged in." })
  user!: User;

  @Field(() => Boolean, { description: "True if this login created the user." })
  isNewUser!: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: "Result of requestLoginCode. It is the same whether or not the phone belongs to a user.",
})
export class RequestLoginCodePayload {
  @Field(() => String, {
    nullable: true,
    description:
      "The code, for development only. Null unless SMS_PROVIDER is console, NODE_ENV is not production and the request comes from the same machine (loopback, without a proxy).",
  })
  developmentCode!: string | null;

  @Field(() => DateTime, { description: "Expiry of the code." })
  expiresAt!: Date;

  @Field(() => DateTime, { description: "Earliest time at which this phone may request another code." })
  retryAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "Result of updateProfile." })
export class UpdateProfilePayload {
  @Field(() => User, { description: "The viewer." })
  user!: User;
}

@InputType({ description: "Input of requestLoginCode." })
export class RequestLoginCodeInput {
  @Field(() => PhoneNumber, {
    description: "The phone number to log in with. It need not be registered yet.",
  })
  phone!: string;
}

@InputType({ description: "Input of login." })
export class LoginInput {
  @Field(() => PhoneNumber, { description: "The phone number that the code was sent to." })
  phone!: string;

  @Field(() => String, { description: "Six digits." })
  code!: string;
}

@InputType({ description: "Input of refreshSession." })
export class RefreshSessionInput {
  @Field(() => String, {
    description:
      "The latest refresh token of the session. This call consumes it, even if the response is lost.",
  })
  refreshToken!: string;
}

@InputType({ description: "Input of updateProfile. Omitted fields stay unchanged." })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: "1 to 40 characters after trimming." })
  nickname?: string | null;

  @Field(() => String, { nullable: true, description: "At most 500 characters." })
  bio?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "An image uploaded by the viewer. Null removes the avatar.",
  })
  avatarMediaId?: string | null;
}
