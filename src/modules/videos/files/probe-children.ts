import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL(`./probe-process${extname(import.meta.url)}`, import.meta.url));
/** Ten minutes at 240 frames a second need less than half. V8 aborts at about three times the limit. */
const memoryLimits = ["--max-old-space-size=96", "--max-semi-space-size=16"];

/** Signals with which V8 ends a process, SIGABRT if its heap is full. */
export const crashSignals: ReadonlySet<NodeJS.Signals> = new Set(["SIGABRT", "SIGTRAP", "SIGILL", "SIGSEGV"]);

const idleMax = 2;
const idle: ChildProcess[] = [];

/** Starting a process takes many times longer than probing a video, so idle ones are reused. */
export function acquireChild(): ChildProcess {
  const child = idle.pop() ?? startChild();
  child.ref();
  child.channel?.ref();
  return child;
}

/** Ends the child unless it can be reused. */
export function releaseChild(child: ChildProcess, canReuse: boolean): void {
  if (!canReuse || idle.length >= idleMax || !child.connected) return void child.kill("SIGKILL");
  child.unref();
  child.channel?.unref();
  idle.push(child);
}

/** Adds listeners. Returns a function that removes them. */
export function listen(
  child: ChildProcess,
  listeners: Record<string, (...args: never[]) => void>,
): () => void {
  const all = Object.entries(listeners) as [string, (...args: unknown[]) => void][];
  for (const [name, listener] of all) child.on(name, listener);
  return () => {
    for (const [name, listener] of all) child.off(name, listener);
  };
}

/** The environment is empty: the child needs no setting, and this process's has secrets. */
function startChild(): ChildProcess {
  const child = fork(program, {
    env: {},
    execArgv: memoryLimits,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.on("error", () => {}); // An idle child has no other listener.
  child.once("exit", () => {
    if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
  });
  return child;
}
