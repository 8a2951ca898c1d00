// npm run soak -- [minutes] [--seed N]: the long run, with the seed printed so that it can be run again.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { seed: { type: "string" } },
  allowPositionals: true,
});
const minutes = Number(positionals[0] ?? 10);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error("npm run soak -- [minutes] [--seed N]");
  process.exit(1);
}
console.log(`${minutes} minutes, seed ${seed}. The same again: npm run soak -- ${minutes} --seed ${seed}`);
const env = { ...process.env, SOAK_MINUTES: String(minutes), SOAK_SEED: String(seed) };
const child = spawn("vitest", ["run", "tests/soak/soak.test.ts", "--disable-console-intercept"], {
  stdio: "inherit",
  env,
});
child.on("exit", (code) => process.exit(code ?? 1));
