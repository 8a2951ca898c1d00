import { AppError } from "../../platform/base/app-error.js";
import type { LocalizedText } from "../../platform/base/language.js";

/** Too many unfinished tasks, or too many today. `resetAt`: the latest time at which the quota has room again. */
export class QuotaExceeded extends AppError {
  constructor(
    readonly quota: "unfinished" | "daily",
    readonly limit: number,
    readonly resetAt: Date,
  ) {
    const text: LocalizedText =
      quota === "unfinished"
        ? { en: `At most ${limit} tasks may be under way at once.`, zh: `最多可同时进行 ${limit} 个任务。` }
        : { en: `At most ${limit} tasks a day may be created.`, zh: `每天最多可创建 ${limit} 个任务。` };
    super("QUOTA_EXCEEDED", text, { limit, resetAt: resetAt.toISOString() });
  }
}

/** The price is higher than the client's maximum. Nothing was charged. */
export class PriceChanged extends AppError {
  constructor(
    readonly costCredits: number,
    readonly maxCostCredits: number,
  ) {
    super(
      "CONFLICT",
      {
        en: `This costs ${costCredits} credits, more than the ${maxCostCredits} you allowed. Nothing was charged.`,
        zh: `需要 ${costCredits} 积分，超过你允许的 ${maxCostCredits} 积分。未扣除任何积分。`,
      },
      { reason: "PRICE_CHANGED", costCredits, maxCostCredits, field: "maxCostCredits" },
    );
  }
}

/** Only a task that has not started can be canceled. */
export class TooLateToCancel extends AppError {
  constructor() {
    super(
      "CONFLICT",
      { en: "This task can no longer be canceled.", zh: "该任务已无法取消。" },
      { reason: "TOO_LATE_TO_CANCEL", field: "taskId" },
    );
  }
}

/** The task is being submitted, so a cancellation could no longer keep the prompt from the vendor. */
export class TaskBeingSubmitted extends AppError {
  constructor(readonly retryAfterMs = 2_000) {
    super(
      "CONFLICT",
      {
        en: "This task is being submitted right now. Please try again in a moment.",
        zh: "该任务正在提交，请稍后再试。",
      },
      { reason: "TASK_BEING_SUBMITTED", retryAfterMs, field: "taskId" },
    );
  }
}

/** Only a task that ended without a video can be retried. */
export class NothingToRetry extends AppError {
  constructor() {
    super(
      "CONFLICT",
      { en: "Only a failed or canceled task can be retried.", zh: "只有失败或已取消的任务才能重试。" },
      { reason: "NOTHING_TO_RETRY", field: "taskId" },
    );
  }
}

/** The work that the task would be made from may not be remixed, or not any more. Nothing was charged. */
export class NotRemixable extends AppError {
  constructor(field: "workId" | "taskId" = "taskId") {
    super(
      "CONFLICT",
      {
        en: "This work can no longer be remixed. Nothing was charged.",
        zh: "该作品当前不支持二次创作。未扣除任何积分。",
      },
      { reason: "NOT_REMIXABLE", field },
    );
  }
}

/** The circuits of all the model's vendors are open. Nothing was charged. */
export class VendorUnavailable extends AppError {
  constructor() {
    super(
      "VENDOR_UNAVAILABLE",
      {
        en: "This model is not available right now. Nothing was charged; please try again soon.",
        zh: "该模型暂时不可用。未扣除任何积分，请稍后再试。",
      },
      { field: "model" },
    );
  }
}

export const failureCodes = [
  "VENDOR_REJECTED",
  "VENDOR_UNAVAILABLE",
  "CONTENT_POLICY",
  "TIMEOUT",
  "INTERNAL",
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** Messages for people. */
export const failureTexts: Record<FailureCode, LocalizedText> = {
  VENDOR_REJECTED: {
    en: "The video service did not accept this request. Your credits are back.",
    zh: "视频服务未接受该请求，积分已退回。",
  },
  VENDOR_UNAVAILABLE: {
    en: "The video service could not deliver this video. Your credits are back.",
    zh: "视频服务未能交付该视频，积分已退回。",
  },
  CONTENT_POLICY: {
    en: "This prompt or picture is against the content rules. Your credits are back.",
    zh: "提示词或图片不符合内容规范，积分已退回。",
  },
  TIMEOUT: {
    en: "The video was not ready in time. Your credits are back.",
    zh: "视频未能按时完成，积分已退回。",
  },
  INTERNAL: {
    en: "Something went wrong on our side. Your credits are back.",
    zh: "我们这边出现了问题，积分已退回。",
  },
};
