import type { LocalizedText } from "../../platform/base/language.js";
import type { TransferType } from "./transfers.js";

const byType: Record<TransferType, LocalizedText> = {
  GRANT: { en: "Credits granted", zh: "赠送积分" },
  RECHARGE: { en: "Credits bought", zh: "购买积分" },
  GEN_HOLD: { en: "Held for a video", zh: "生成视频预扣" },
  GEN_SETTLE: { en: "Video made", zh: "视频生成完成" },
  GEN_REFUND: { en: "Returned: no video was made", zh: "未生成视频，已退回" },
  DOWNLOAD_SPEND: { en: "Download without watermark", zh: "无水印下载" },
  DOWNLOAD_REFUND: { en: "Returned: no download link could be made", zh: "未能生成下载链接，已退回" },
};

/** The stored reason of the sign-up grant. */
export const signupReason = "signup";
const signup: LocalizedText = { en: "Welcome credits", zh: "新用户赠送积分" };

/** The text of a statement's line. An operator's reason is shown unchanged. */
export function entryDescription(entry: { type: TransferType; reason: string | null }): LocalizedText {
  if (entry.reason === signupReason) return signup;
  const text = byType[entry.type];
  return entry.reason ? { en: `${text.en}: ${entry.reason}`, zh: `${text.zh}：${entry.reason}` } : text;
}
