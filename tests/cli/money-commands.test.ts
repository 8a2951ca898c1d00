import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StatementDocument } from "../../src/generated/operations.js";
import type { Client } from "../support/client.js";
import { callCommand } from "../support/command.js";
import { publishPaid, thaw, tip, unlock, walletOf } from "../support/paid-works.js";
import { fixedCode, type Product, startProduct } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { audit } from "../support/tasks.js";

let product: Product;
let author: Client;
let fan: Client;
const [authorPhone, fanPhone] = [newPhone(), newPhone()];
beforeAll(async () => {
  product = await startProduct({ worker: false });
  [author, fan] = [product.client(), product.client()];
  await author.logIn(authorPhone, fixedCode);
  await fan.logIn(fanPhone, fixedCode);
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
});

const skyriff = (...args: string[]) =>
  callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, ...args);
const reverse = (...args: string[]) => skyriff("reverse", ...args, "--reason", "a stolen card");

describe("reverse", () => {
  test("of a tip prints its effect, and the second time what stands", async () => {
    const { id } = await publishPaid(product, author);
    await tip(fan, id, { credits: 20 });
    const { wallet } = await fan.request(StatementDocument, { first: 1 });
    const entry = wallet.entries.nodes[0]?.id as string;
    const effect =
      "Returned to the payer: 20 credits. Taken back from creators: 0.9000 coins. Borne by the platform: 0.0000 coins.\n";
    expect(await reverse("--tip", entry)).toEqual({ code: 0, stdout: `Reversed. ${effect}`, stderr: "" });
    const again = await skyriff("reverse", "--tip", entry, "--reason", "other words");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    const [, at = "", rest] = /^Reversed already, at (\S+): a stolen card\n(.*)$/s.exec(again.stdout) ?? [];
    expect(new Date(at).toISOString()).toBe(at);
    expect(rest).toBe(effect);
    expect((await walletOf(fan)).credits).toBe(100);
  });

  test("of a paid prompt takes the work and the payer's phone number, and prints no number", async () => {
    const { id } = await publishPaid(product, author, { promptPriceCredits: 5 });
    await unlock(fan, id);
    const result = await reverse("--unlock", id, fanPhone);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining("payer: 5 credits.") });
    expect(result.stdout + result.stderr).not.toContain(fanPhone.slice(1));
    expect(await reverse("--unlock", id, author.userId)).toEqual({
      ...{ code: 1, stdout: "", stderr: `This user has not paid for the prompt of ${id}.\n` },
    });
  });

  test("of no payment, of two, or of one that does not exist exits with 1 and says why", async () => {
    const both = ["--tip", "entry_x", "--remix", "task_x"];
    for (const args of [[], both])
      expect(await reverse(...args)).toMatchObject({
        ...{ code: 1, stdout: "", stderr: expect.stringContaining("Name one payment") },
      });
    expect(await reverse("--remix", "task_x")).toMatchObject({
      ...{ code: 1, stderr: "The fee of task_x was not paid to anyone.\n" },
    });
    const withoutReason = await skyriff("reverse", "--tip", "entry_x");
    expect(withoutReason).toMatchObject({ code: 1, stderr: expect.stringContaining("--reason") });
  });
});

describe("incomes", () => {
  test("hold keeps what is due from release, until release-hold; users are named by their public id", async () => {
    await tip(fan, (await publishPaid(product, author)).id);
    await thaw(product);
    const ofAuthor = ["--phone", authorPhone];
    const name = author.userId;
    expect(await skyriff("incomes", "hold", ...ofAuthor)).toEqual({
      ...{ code: 0, stdout: `Held. The income of ${name} stays frozen.\n`, stderr: "" },
    });
    expect((await skyriff("incomes", "hold", "--user", name)).stdout).toBe("It was held before.\n");
    expect((await skyriff("incomes", "release")).stdout).toBe("Released. Incomes: 0.\n");
    expect(await walletOf(author)).toMatchObject({ coins: "0.0000", pendingCoins: "0.4500" });
    expect((await skyriff("incomes", "release-hold", ...ofAuthor)).stdout).toBe(
      `The hold of ${name} has ended.\n`,
    );
    expect((await skyriff("incomes", "release-hold", ...ofAuthor)).stdout).toBe("Nothing was held.\n");
    expect(await skyriff("incomes", "release")).toMatchObject({ code: 0, stdout: "Released. Incomes: 1.\n" });
    expect(await walletOf(author)).toMatchObject({ coins: "0.4500", pendingCoins: "0.0000" });
  });

  test("hold of an unknown user, or without one, exits with 1", async () => {
    expect(await skyriff("incomes", "hold", "--phone", newPhone())).toMatchObject({
      ...{ code: 1, stdout: "", stderr: "There is no such user.\n" },
    });
    expect(await skyriff("incomes", "hold")).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("Say who") },
    });
  });
});
