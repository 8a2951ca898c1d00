// npm run soak -- [minutes] [--seed N]: the long run, with the seed printed so that it can be run again.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

function readArguments() {
  try {
    const options = { seed: { type: "string" } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [minutes, seed] = [
      Number(positionals[0] ?? 10),
      Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
    ];
    const isSeed = values.seed !== "" && Number.isSafeInteger(seed) && seed >= 0;
    if (minutes > 0 && minutes <= 24 * 60 && isSeed && positionals.length < 2) return { minutes, seed };
  } catch {
    // An unknown option.
  }
  console.error("npm run soak -- [minutes, at most 1440] [--seed N]");
  process.exit(1);
}

const { minutes, seed } = readArguments();
console.log(`${minutes} minutes, seed ${seed}. The same again: npm run soak -- ${minutes} --seed ${seed}`);
const env = { ...process.env, SOAK_MINUTES: String(minutes), SOAK_SEED: String(seed) };
const child = spawn("vitest", ["run", "tests/soak/soak.test.ts", "--disable-console-intercept"], {
  stdio: "inherit",
  env,
});
child.on("exit", (code) => process.exit(code ?? 1));
