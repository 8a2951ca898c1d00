// Takes the studio's pictures in docs/pictures: starts the product on temporary data, seeds a community,
// and photographs the main screens in a browser from npm. It ends after ten minutes, come what may.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import sharp from "sharp";
import { makeScene } from "./studio-scene.mjs";

const deadlineMs = 600_000;
const run = promisify(execFile);
const dataDir = mkdtempSync(join(tmpdir(), "skyriff-studio-"));
const settings = {
  ...process.env,
  ...{ PORT: "0", DATA_DIR: dataDir, DATABASE_URL: "", PUBLIC_URL: "", STORAGE_URL: "", STUDIO: "on" },
  ...{ SANDBOX_DURATION_MS: "20000", SMS_FIXED_CODE: "123456", NODE_ENV: "development" },
};
const desk = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const server = await startServer();
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  env: { ...process.env, FONTCONFIG_FILE: fontConfig() },
});
const deadline = setTimeout(() => {
  console.error(`The pictures were not taken within ${deadlineMs / 1000} s.`);
  process.exit(1);
}, deadlineMs);
try {
  const seed = ["src/cli/bin.mjs", "seed", "--users", "12", "--works", "40"];
  await run(process.execPath, seed, { env: settings });
  const { mina, li, work, order } = await makeScene(server.url);

  const dark = await open(mina, { ...desk, colorScheme: "dark", locale: "en-US" });
  await take(dark, "/", "studio-discover");
  await take(dark, "/wallet/income", "studio-income");
  const fan = await open(li, { ...desk, colorScheme: "dark", locale: "en-US" });
  await fan.goto(`${server.url}/works/${work}`);
  await fan.getByText("20", { exact: true }).click();
  await take(fan, null, "studio-work");

  const light = await open(li, { ...desk, colorScheme: "light", locale: "zh-CN" });
  await light.goto(`${server.url}/create`);
  await order(li, "小鲸鱼从裂开的冰层下游过，光柱垂落");
  await order(li, "大雨中的夜市，一把红伞", "RATIO_9_16");
  await light
    .locator("textarea")
    .fill("黄昏的灯塔，光束缓缓扫过平静的海面。长焦镜头，地平线上有暖光，没有人。");
  await light.waitForFunction(() =>
    [...document.querySelectorAll("main [role=progressbar]")].some(({ ariaValueNow }) => ariaValueNow > 40),
  );
  await take(light, null, "studio-create");

  const small = await open(li, { ...phone, colorScheme: "light", locale: "zh-CN" });
  const smallDark = await open(li, { ...phone, colorScheme: "dark", locale: "en-US" });
  const phones = [
    await photograph(small, "/"),
    await photograph(small, `/works/${work}`),
    await photograph(smallDark, `/create?remix=${work}`),
    await photograph(smallDark, "/wallet"),
  ];
  await joinPictures(phones, "studio-phone");
} finally {
  clearTimeout(deadline);
  await browser.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** A page in a browser of its own, for this user. */
async function open(user, options) {
  const { origin } = new URL(server.url);
  const session = {
    userId: user.id,
    accessToken: user.token,
    refreshToken: user.refreshToken,
    expiresAtMs: Date.now() + deadlineMs,
  };
  const localStorage = [{ name: "skyriff.session", value: JSON.stringify(session) }];
  const storageState = { cookies: [], origins: [{ origin, localStorage }] };
  const context = await browser.newContext({ reducedMotion: "reduce", storageState, ...options });
  return context.newPage();
}

/** The page at a path, or as it is. */
async function photograph(page, path) {
  if (path !== null) await page.goto(server.url + path);
  await page.locator("main h1").waitFor();
  await page.waitForFunction(() =>
    [...document.images].every(({ complete, loading }) => complete || loading === "lazy"),
  );
  await page.waitForFunction(() => document.querySelector("main [class*=skeleton]") === null);
  return page.screenshot({ animations: "disabled" });
}

async function take(page, path, name) {
  await sharp(await photograph(page, path))
    .png({ palette: true, effort: 8 })
    .toFile(fileOf(name));
}

/** Phones side by side. */
async function joinPictures(pictures, into) {
  const [width, height, gap] = [390, 844, 24];
  const phones = await Promise.all(
    pictures.map(async (picture, index) => ({
      input: await sharp(picture).resize(width, height).toBuffer(),
      left: gap + index * (width + gap),
      top: gap,
    })),
  );
  const size = { width: gap + pictures.length * (width + gap), height: height + 2 * gap };
  await sharp({ create: { ...size, channels: 3, background: "#38342f" } })
    .composite(phones)
    .png({ palette: true, effort: 8 })
    .toFile(fileOf(into));
}

function fileOf(name) {
  return join("docs/pictures", `${name}.png`);
}

/** The npm Chromium has no Chinese font. */
function fontConfig() {
  const fonts = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");
  const file = join(dataDir, "fonts.conf");
  const folders = [join(tmpdir(), "fonts"), fonts].map((path) => `<dir>${path}</dir>`).join("");
  writeFileSync(
    file,
    `<?xml version="1.0"?><fontconfig>${folders}<cachedir>${dataDir}</cachedir></fontconfig>`,
  );
  return file;
}

async function startServer() {
  const child = spawn(process.execPath, ["src/cli/bin.mjs", "serve"], {
    env: settings,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  process.once("exit", () => child.kill("SIGKILL"));
  const url = await new Promise((found, fail) => {
    let log = "";
    child.stdout.on("data", (chunk) => {
      log += chunk;
      const port = /Studio\s+http:\/\/[^\s"/]+:(\d+)\//.exec(log)?.[1];
      if (port && log.includes("Health")) found(`http://127.0.0.1:${port}`);
    });
    child.once("exit", () => fail(new Error(`The server ended before it was ready:\n${log}`)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return { url, stop };
}
