import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { publish } from "../support/works.js";
import { launchBrowser, Visit } from "./browser.js";

let product: Product;
let browser: Browser;
let ben: Client;
let works: string[];
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
  const ana = await product.user();
  ben = await product.user();
  const publishFilm = async (title: string) => {
    const task = await ended(ana, await create(ana));
    return (await publish(product, ana, { videoId: task.video?.id as string, title })).id;
  };
  works = await Promise.all(["Birds", "Clouds", "Waves", "Trees"].map(publishFilm));
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const frames = (page: Page) => page.locator("main article a:has(img)");
/** The names of the frames whose previews play. Fails if one is to be heard. */
const playing = (page: Page) =>
  frames(page).evaluateAll((all) =>
    all.flatMap((frame) => {
      const film = frame.querySelector("video");
      if (film && !film.muted) throw new Error("A preview is to be heard.");
      return film && !film.paused && film.currentTime > 0 ? [frame.ariaLabel] : [];
    }),
  );
const nameOf = (page: Page, index: number) => frames(page).nth(index).getAttribute("aria-label");
const operationOf = (request: Request) => request.postDataJSON()?.operationName;
const viewsOf = async (id: string) => {
  const { work } = await ben.request<{ work: { viewCount: number } }, unknown>(
    "query ($id: ID!) { work(id: $id) { viewCount } }",
    { id },
  );
  return work.viewCount;
};

test("the preview under the mouse plays without sound, and the one before it stops", async () => {
  const visit = await Visit.begin(browser, product.url, { motion: true });
  const page = await visit.open("/");
  for (const index of [0, 1, 2]) {
    await frames(page).nth(index).hover();
    await expect.poll(() => playing(page)).toEqual([await nameOf(page, index)]);
  }
  await page.mouse.move(0, 0);
  await expect.poll(() => page.locator("main article video").count()).toBe(0);
  await visit.end();
});

test("on a phone the preview in the middle plays, and no other", async () => {
  const visit = await Visit.begin(browser, product.url, { motion: true, size: "phone" });
  const page = await visit.open("/");
  await page.setViewportSize({ width: 390, height: 420 });
  const isInTheMiddle = `[...document.querySelectorAll("main article video")].map((film) => {
    const { top, bottom } = film.getBoundingClientRect();
    return top < innerHeight * 0.6 && bottom > innerHeight * 0.4;
  })`;
  const seen = new Set<string | null>();
  let names: (string | null)[] = [];
  for (const end of ["0", "document.body.scrollHeight"]) {
    await page.evaluate(`scrollTo(0, ${end})`);
    await expect.poll(() => page.evaluate(isInTheMiddle)).toEqual([true]);
    await expect
      .poll(async () => {
        names = await playing(page);
        return names;
      })
      .toHaveLength(1);
    seen.add(names[0] as string);
  }
  expect(seen.size).toBe(2);
  await visit.end();
});

test("previews do not play for those who have asked for less motion", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/");
  await page.clock.install();
  await frames(page).first().hover();
  await page.clock.fastForward(5_000);
  expect(await page.locator("main article video").count()).toBe(0);
  await visit.end();
});

interface Film extends EventTarget {
  playbackRate: number;
  currentTime: number;
  play(): Promise<void>;
}

/** Plays the film of a work page, quickly, until it counts as watched. */
async function watch(page: Page, id: string): Promise<void> {
  await page.waitForURL(`**/works/${id}`);
  const film = page.locator("[data-film] video");
  await film.waitFor();
  await film.evaluate(async (video: Film) => {
    video.playbackRate = 4;
    await video.play();
    while (video.currentTime < 3.2)
      await new Promise((next) => video.addEventListener("timeupdate", next, { once: true }));
  });
}

test("works watched one after the other are viewed by one request", async () => {
  const visit = await Visit.asUser(browser, ben, { motion: true });
  const page = await visit.open("/");
  const sent: string[][] = [];
  page.on("request", (request) => {
    if (operationOf(request) === "ViewWorks") sent.push(request.postDataJSON().variables.input.workIds);
  });
  // Time stands still while the works are watched.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  const link = (id: string) => page.locator(`main a[href$="/works/${id}"]`).first();
  for (const id of [works[0], works[1]] as string[]) {
    await link(id).click();
    await watch(page, id);
    await page.goBack();
    await link(id).waitFor();
  }
  expect(sent).toEqual([]);
  await page.clock.fastForward(5_000);
  await expect.poll(() => sent).toEqual([[works[0], works[1]]]);
  for (const id of [works[0], works[1]]) await expect.poll(() => viewsOf(id as string)).toBe(1);
  await visit.end();
});

test("a work that has been watched is viewed although the page is left at once", async () => {
  const visit = await Visit.asUser(browser, ben, { motion: true });
  const id = works[2] as string;
  const page = await visit.open(`/works/${id}`);
  await watch(page, id);
  await page.goto("about:blank");
  await expect.poll(() => viewsOf(id)).toBe(1);
  await visit.end();
});

test("a page asks for its feed or work once, before the program is there", async () => {
  const visit = await Visit.begin(browser, product.url);
  for (const [path, operation] of [
    ["/", "StudioFeed"],
    [`/works/${works[0]}`, "StudioWorkPage"],
  ] as const) {
    const page = await visit.open("/login");
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") asked.push(operationOf(request));
    });
    await page.route("**/assets/main-*.js", async (route) => {
      await expect.poll(() => asked).toEqual([operation]);
      await route.continue();
    });
    await page.goto(product.url + path);
    await page.getByText("Birds").first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(
      asked.filter((name) => name === operation),
      path,
    ).toHaveLength(1);
    await page.close();
  }
  await visit.end();
});
