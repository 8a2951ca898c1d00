import type { LocalizedText } from "../../platform/base/language.js";
import type { TransferType } from "./ledger/transfers.js";

/** Only transfers of a free balance are on a statement. */
const byType: Partial<Record<TransferType, LocalizedText>> = {
  GRANT: { en: "Credits granted", zh: "赠送积分" },
  RECHARGE: { en: "Credits bought", zh: "购买积分" },
  GEN_HOLD: { en: "Held for a video", zh: "生成视频预扣" },
  GEN_REFUND: { en: "Returned: no video was made", zh: "未生成视频，已退回" },
  DOWNLOAD_SPEND: { en: "Download without watermark", zh: "无水印下载" },
  DOWNLOAD_REFUND: { en: "Returned: no download link could be made", zh: "未能生成下载链接，已退回" },
  TIP_SPEND: { en: "Tip", zh: "打赏" },
  TIP_REFUND: { en: "Tip returned", zh: "打赏已退回" },
  PROMPT_UNLOCK_SPEND: { en: "Prompt unlocked", zh: "解锁提示词" },
  PROMPT_UNLOCK_REFUND: { en: "Prompt price returned", zh: "解锁提示词的积分已退回" },
  REMIX_HOLD: { en: "Held for the fee of a remix", zh: "二次创作费用预扣" },
  REMIX_REFUND: { en: "Fee of a remix returned", zh: "二次创作费用已退回" },
  INCOME_RELEASE: { en: "Income released", zh: "收入已解冻" },
};

/** The stored reason of the sign-up grant. */
export const signupReason = "signup";
const signup: LocalizedText = { en: "Welcome credits", zh: "新用户赠送积分" };

/** The text of a statement's line. An operator's reason is shown unchanged. */
export function entryDescription(entry: { type: TransferType; reason: string | null }): LocalizedText {
  if (entry.reason === signupReason) return signup;
  const text = byType[entry.type];
  if (!text) throw new Error(`a ${entry.type} is on no statement`);
  return entry.reason ? { en: `${text.en}: ${entry.reason}`, zh: `${text.zh}：${entry.reason}` } : text;
}
