// Takes docs/pictures/explorer.png: starts the product on temporary data and walks through the
// explorer's own examples, from the login code to the finished video, in a browser from npm.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import sharp from "sharp";

/** The code that the example window for the login has. */
const loginCode = "123456";
const dataDir = mkdtempSync(join(tmpdir(), "skyriff-picture-"));
const server = await startServer();
// The packaged arguments draw through a software GL, which takes longer than a photograph may.
const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 920 } });
  await page.goto(server.explorer);
  await page.getByText("Send Request").first().waitFor();
  await send(page, "1 Ask for a code", /retryAt/);
  await send(page, "2 Log in", /refreshToken/);
  await send(page, "3 Make a video", /heldCredits/);
  await send(page, "4 Watch it", /SUCCESS/);
  await page.getByText("Loading").first().waitFor({ state: "detached" });
  const picture = await sharp(await page.screenshot({ animations: "disabled" }))
    .png({ palette: true, effort: 8 })
    .toBuffer();
  await sharp(picture).toFile("docs/pictures/explorer.png");
} finally {
  await browser.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function send(page, window, answer) {
  await page.getByText(window).first().click();
  const button = page.locator("button", { hasText: /Send Request|Run subscription/ }).first();
  const isAnswered = page.locator("app-query-result").filter({ hasText: answer }).first();
  // The script that keeps one answer's value for the next window runs after the answer.
  for (let tries = 1; ; tries++) {
    await button.click();
    try {
      return await isAnswered.waitFor({ timeout: 30_000 });
    } catch (error) {
      if (tries === 2) throw error;
    }
  }
}

async function startServer() {
  // Slow enough for several changes to be seen.
  const settings = {
    PORT: "0",
    SANDBOX_DURATION_MS: "15000",
    DATA_DIR: dataDir,
    DATABASE_URL: "",
    PUBLIC_URL: "",
    STORAGE_URL: "",
  };
  const child = spawn(process.execPath, ["src/cli/bin.mjs", "serve"], {
    env: { ...process.env, ...settings, SMS_FIXED_CODE: loginCode, NODE_ENV: "development" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  const explorer = await new Promise((found, fail) => {
    let log = "";
    child.stdout.on("data", (chunk) => {
      log += chunk;
      const address = /Explorer\s+(http:[^\s"]+)/.exec(log)?.[1];
      if (address) found(address);
    });
    child.once("exit", () => fail(new Error(`The server ended before it was ready:\n${log}`)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return { explorer, stop };
}
