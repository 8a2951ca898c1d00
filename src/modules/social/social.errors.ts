import { AppError } from "../../platform/base/app-error.js";

/** The user does not exist, is banned or has blocked the viewer. The error is the same, so that none can be inferred. */
export class UserNotFound extends AppError {
  constructor() {
    super(
      "NOT_FOUND",
      { en: "There is no user with this id.", zh: "没有此 id 对应的用户。" },
      { field: "userId" },
    );
  }
}

/** The viewer follows FOLLOWS_MAX users. */
export class TooManyFollows extends AppError {
  constructor(limit: number) {
    super(
      "QUOTA_EXCEEDED",
      { en: `You can follow at most ${limit} users.`, zh: `最多可关注 ${limit} 个用户。` },
      { limit },
    );
  }
}

/** The viewer has blocked the maximum number of users. */
export class TooManyBlocks extends AppError {
  constructor(limit: number) {
    super(
      "QUOTA_EXCEEDED",
      { en: `You can block at most ${limit} users.`, zh: `最多可拉黑 ${limit} 个用户。` },
      { limit },
    );
  }
}
