import { expect, test } from "vitest";
import { soak } from "./soak.js";

/** `npm run soak` sets these; without them this is the short run of `npm test`. */
const minutes = Number(process.env.SOAK_MINUTES ?? 0);
const seed = Number(process.env.SOAK_SEED ?? 20_261);

test(`${minutes || "half a"} minute(s) of faults: no credit, task or file is lost (seed ${seed})`, {
  timeout: (minutes + 20) * 60_000,
}, async () => {
  const long = minutes > 0;
  const { breaches, faults, summary } = await soak({
    seed,
    faultsMs: long ? minutes * 60_000 : 20_000,
    users: long ? 12 : 4,
    thinkMs: long ? [1_000, 8_000] : [200, 1_500],
    pauseMs: long ? [500, 6_000] : [500, 2_500],
    sweepEarly: !long,
    redis: long && seed % 2 === 0,
  });
  console.log(JSON.stringify({ faults: faults.length, ...summary }, null, 2));
  expect(breaches, `seed ${seed}`).toEqual([]);
});
