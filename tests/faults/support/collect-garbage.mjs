import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// Collects all garbage at SIGUSR2 and says so.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
process.on("SIGUSR2", () => {
  collectGarbage();
  process.stderr.write("garbage collected\n");
});
