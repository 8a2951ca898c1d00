// Measures the studio's pages in a browser from npm, as a slow phone would load them:
// 1.6 Mb/s, 150 ms of latency, a processor four times as slow.
//
//   node docs/studio/measure.mjs http://127.0.0.1:4000 [/ /works/work_... ...]
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";

const [url = "http://127.0.0.1:4000", ...paths] = process.argv.slice(2);
const runs = 3;
const settleMs = 2_000;
/** 1 on a machine that is busy with other things already. */
const slowdown = Number(process.env.CPU_SLOWDOWN ?? 4);
const slowPhone = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
console.log("page | script kB | all kB | FCP ms | LCP ms | CLS | TBT ms");
for (const path of paths.length > 0 ? paths : ["/"]) {
  const measured = [];
  for (let run = 0; run < runs; run++) measured.push(await load(path));
  const median = (name) => measured.map((each) => each[name]).sort((a, b) => a - b)[Math.floor(runs / 2)];
  const row = [
    (median("script") / 1000).toFixed(1),
    (median("all") / 1000).toFixed(1),
    Math.round(median("fcp")),
    Math.round(median("lcp")),
    median("cls").toFixed(4),
    Math.round(median("tbt")),
  ];
  console.log([path, ...row].join(" | "));
}
await browser.close();

async function load(path) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, isMobile: true });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const bytes = { script: 0, all: 0 };
  const types = new Map();
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, type }) => types.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    if (types.get(requestId) === "Script") bytes.script += encodedDataLength;
  });
  await session.send("Network.emulateNetworkConditions", slowPhone);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await page.addInitScript(() => {
    window.measured = { fcp: 0, lcp: 0, cls: 0, tbt: 0 };
    const watch = (type, take) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch("largest-contentful-paint", ({ startTime }) => (window.measured.lcp = startTime));
    watch("layout-shift", ({ value, hadRecentInput }) => {
      if (!hadRecentInput) window.measured.cls += value;
    });
    watch("longtask", ({ duration, startTime }) => {
      if (startTime > window.measured.fcp) window.measured.tbt += Math.max(0, duration - 50);
    });
    watch("paint", ({ name, startTime }) => {
      if (name === "first-contentful-paint") window.measured.fcp = startTime;
    });
  });
  await page.goto(url + path, { waitUntil: "commit" });
  await page.locator("main h1:visible").waitFor();
  // The stills in sight, and then until nothing is under way any more.
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(settleMs);
  const times = await page.evaluate(() => window.measured);
  await context.close();
  return { ...bytes, ...times };
}
