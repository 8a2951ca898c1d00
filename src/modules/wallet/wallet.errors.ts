import { AppError } from "../../platform/app-error.js";

/** Not enough free credits. Nothing was charged. Both figures are whole credits. */
export class InsufficientCredits extends AppError {
  constructor(
    readonly required: number,
    readonly available: number,
  ) {
    super(
      "INSUFFICIENT_CREDITS",
      {
        en: `This costs ${required} credits and you have ${available}. Nothing was charged.`,
        zh: `需要 ${required} 积分，当前可用 ${available} 积分。未扣除任何积分。`,
      },
      { required, available },
    );
  }
}
