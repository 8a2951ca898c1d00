import { AppError } from "../../../platform/base/app-error.js";

/** New accounts neither tip nor unlock nor remix for a fee. Nothing was charged. */
export class AccountTooYoung extends AppError {
  constructor(readonly resetAt: Date) {
    super(
      "QUOTA_EXCEEDED",
      {
        en: "New accounts cannot pay creators yet. Nothing was charged; please try again later.",
        zh: "新注册的账号暂时不能向创作者付费。未扣除任何积分，请稍后再试。",
      },
      { resetAt: resetAt.toISOString() },
    );
  }
}

/** The tips of the day would exceed TIP_CREDITS_PER_DAY. Nothing was charged. */
export class TooManyTips extends AppError {
  constructor(
    readonly limit: number,
    readonly resetAt: Date,
  ) {
    super(
      "QUOTA_EXCEEDED",
      {
        en: `You can tip at most ${limit} credits a day. Nothing was charged.`,
        zh: `每天最多可打赏 ${limit} 积分。未扣除任何积分。`,
      },
      { limit, resetAt: resetAt.toISOString() },
    );
  }
}
