import { mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import chromium from "@sparticuz/chromium";
import axe from "axe-core";
import { type Browser, type BrowserContext, type Page, chromium as playwright } from "playwright-core";
import { expect } from "vitest";
import { buildStudioIfStale } from "../../src/cli/build.mjs";
import type { Client } from "../support/client.js";

/** The npm Chromium has no Chinese font. The packaged arguments would switch off web security, and so the page's policy. */
export async function launchBrowser(): Promise<Browser> {
  await buildStudioIfStale();
  chromium.setGraphicsMode = false;
  const executablePath = await chromium.executablePath();
  const env = { ...process.env, FONTCONFIG_FILE: fontConfig() } as Record<string, string>;
  return playwright.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    env,
  });
}

function fontConfig(): string {
  const fonts = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");
  const folder = mkdtempSync(join(tmpdir(), "skyriff-fonts-"));
  const file = join(folder, "fonts.conf");
  const dirs = [join(tmpdir(), "fonts"), fonts].map((path) => `<dir>${path}</dir>`).join("");
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${dirs}<cachedir>${folder}</cachedir></fontconfig>`);
  return file;
}

export interface VisitOptions {
  language?: "en" | "zh";
  theme?: "light" | "dark";
  size?: "desktop" | "phone";
  /** Default: the visitor has asked for less motion. */
  motion?: boolean;
  /** Of an earlier visit, with its login. */
  state?: Awaited<ReturnType<BrowserContext["storageState"]>>;
  /** How long the browser takes the token of a user of the API for valid. */
  tokenMs?: number;
}

/** One person at one browser, and what went wrong in it. */
export class Visit {
  readonly problems: string[] = [];
  /** Errors in answers of the API. Some tests cause them. */
  readonly refusals: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly url: string,
  ) {}

  static async begin(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
    const isPhone = options.size === "phone";
    const context = await browser.newContext({
      viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
      isMobile: isPhone,
      hasTouch: isPhone,
      colorScheme: options.theme ?? "dark",
      locale: options.language === "zh" ? "zh-CN" : "en-US",
      reducedMotion: options.motion ? "no-preference" : "reduce",
      acceptDownloads: true,
      storageState: options.state,
    });
    return new Visit(context, url);
  }

  /** A browser in which this user of the API is logged in. */
  static asUser(browser: Browser, client: Client, options: VisitOptions = {}): Promise<Visit> {
    const { origin } = new URL(client.url);
    const session = {
      userId: client.userId,
      accessToken: client.token,
      refreshToken: client.refreshToken,
      expiresAtMs: Date.now() + (options.tokenMs ?? 600_000),
    };
    const localStorage = [{ name: "skyriff.session", value: JSON.stringify(session) }];
    const state = { cookies: [], origins: [{ origin, localStorage }] };
    return Visit.begin(browser, client.url, { ...options, state });
  }

  /** A new tab at an address of the studio. */
  async open(path = "/"): Promise<Page> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", ({ message }) => this.problems.push(`${page.url()}: ${message}`));
    page.on("response", async (response) => {
      if (new URL(response.url()).pathname.endsWith("/graphql") === false) return;
      // The page may have left before the answer came.
      const text = await response.text().catch(() => "");
      if (text.includes('"errors"')) this.refusals.push(`${page.url()}: ${text}`);
    });
    page.on("request", (request) => {
      const { protocol, port } = new URL(request.url());
      const isOurs = port === new URL(this.url).port || ["blob:", "data:"].includes(protocol);
      if (!isOurs) this.problems.push(`another host: ${request.url()}`);
    });
    await page.goto(this.url + path);
    return page;
  }

  /** Fails if a script threw, something was refused by the policy, or another host was asked. */
  async end(): Promise<void> {
    await this.context.close();
    expect(this.problems).toEqual([]);
  }
}

/** Logs in by the form, from another page unless it is `here`. The product of the tests has a fixed code. */
export async function logIn(page: Page, phone: string, code: string, { here = false } = {}): Promise<void> {
  const link = page.getByRole("link", { name: /^(Log in|登录)$/ });
  if (!here) await link.first().click();
  await page.locator("input[type=tel]").fill(phone);
  await page.keyboard.press("Enter");
  await page.locator("input[autocomplete=one-time-code]").fill(code);
  await page
    .locator("input[type=tel], input[autocomplete=one-time-code]")
    .first()
    .waitFor({ state: "detached" });
}

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** Serious findings of axe on what the page shows now: of all its rules and of targets below 24 px, or of these. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's policy lets no script in, so axe runs in the test's own world.
  const options = rules ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
  const result = (await page.evaluate(
    `globalThis.axe || (() => { ${axe.source} })(); axe.run(${JSON.stringify(options)})`,
  )) as AxeResult;
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}
