import { describe, expect, test } from "vitest";
import { entryDescription } from "../../../src/modules/wallet/entry-description.js";
import { transferTypes } from "../../../src/modules/wallet/ledger/index.js";
import { LedgerEntryType } from "../../../src/modules/wallet/wallet.graphql.js";

/** The words of every type that a statement shows. */
const words: Record<LedgerEntryType, [en: string, zh: string]> = {
  GRANT: ["Credits granted", "赠送积分"],
  RECHARGE: ["Credits bought", "购买积分"],
  GEN_HOLD: ["Held for a video", "生成视频预扣"],
  GEN_REFUND: ["Returned: no video was made", "未生成视频，已退回"],
  DOWNLOAD_SPEND: ["Download without watermark", "无水印下载"],
  DOWNLOAD_REFUND: ["Returned: no download link could be made", "未能生成下载链接，已退回"],
  TIP_SPEND: ["Tip", "打赏"],
  TIP_REFUND: ["Tip returned", "打赏已退回"],
  PROMPT_UNLOCK_SPEND: ["Prompt unlocked", "解锁提示词"],
  PROMPT_UNLOCK_REFUND: ["Prompt price returned", "解锁提示词的积分已退回"],
  REMIX_HOLD: ["Held for the fee of a remix", "二次创作费用预扣"],
  REMIX_REFUND: ["Fee of a remix returned", "二次创作费用已退回"],
  INCOME_RELEASE: ["Income released", "收入已解冻"],
};

describe("a statement's line", () => {
  test.each(Object.values(LedgerEntryType))("of %s has its words in both languages", (type) => {
    const [en, zh] = words[type];
    expect(entryDescription({ type, reason: null })).toEqual({ en, zh });
    expect(entryDescription({ type, reason: "a stolen card" })).toEqual({
      en: `${en}: a stolen card`,
      zh: `${zh}：a stolen card`,
    });
  });

  test("of the sign-up grant welcomes", () => {
    expect(entryDescription({ type: "GRANT", reason: "signup" })).toEqual({
      en: "Welcome credits",
      zh: "新用户赠送积分",
    });
  });

  test("of a transfer that touches no free balance does not exist", () => {
    const onStatements: readonly string[] = Object.values(LedgerEntryType);
    const others = [...transferTypes.CREDIT, ...transferTypes.COIN].filter(
      (type) => !onStatements.includes(type),
    );
    expect(others).toHaveLength(9);
    for (const type of others) expect(() => entryDescription({ type, reason: null })).toThrow(type);
  });
});
