import { AppError } from "./app-error.js";

/** An argument that parses but is not allowed. `field` is the argument's name as the client wrote it. */
export class BadUserInput extends AppError {
  constructor(
    readonly field: string,
    en: string,
    zh: string,
  ) {
    super("BAD_USER_INPUT", { en, zh }, { field });
  }
}

/** The request needs a login. */
export class Unauthenticated extends AppError {
  /** `expiredSessionId`: the session of a valid access token that has expired. */
  constructor(readonly expiredSessionId?: string) {
    super("UNAUTHENTICATED", { en: "Please log in first.", zh: "请先登录。" });
  }
}

/** An object that does not exist and an object of another user give the same error, so ids cannot be probed. */
export class NotFound extends AppError {
  /** `field` is the argument that has the id. Only an operator's command has none. */
  constructor(field?: string) {
    super("NOT_FOUND", { en: "There is nothing of yours with this id.", zh: "没有找到属于你的该内容。" });
    if (field !== undefined) this.about(field);
  }
}

/** Too many requests. `retryAfterMs` is the time to wait. */
export class RateLimited extends AppError {
  constructor(readonly retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    super(
      "RATE_LIMITED",
      { en: `Too many requests. Please wait ${seconds} s.`, zh: `请求过于频繁，请等待 ${seconds} 秒。` },
      { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) },
    );
  }
}
