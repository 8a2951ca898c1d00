import { AppError } from "../../platform/base/app-error.js";
import { creditsMax } from "./ledger/transfers.js";

/** The grant would exceed the wallet's bound. Nothing was granted. Whole credits. */
export class WalletFull extends AppError {
  constructor(readonly creditsThatFit: number) {
    super(
      "CONFLICT",
      {
        en: `A wallet holds at most ${creditsMax} credits, free and held together. ${creditsThatFit} more fit into this one. Nothing was granted.`,
        zh: `钱包的可用与冻结积分合计最多 ${creditsMax}，当前最多还可存入 ${creditsThatFit} 积分。未发放任何积分。`,
      },
      { reason: "WALLET_FULL", creditsThatFit },
    );
  }
}

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
