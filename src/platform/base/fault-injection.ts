let armed: string | undefined;

/** Arms one crash point: a setting of the fault tests, unset in every real run. */
export function armCrashPoint(name: string | undefined): void {
  armed = name;
}

/**
 * Crash points name the gaps between two writes at which a process may die: a commit, a file, a remote
 * call, an announcement. A module declares its own and calls `crashPoint` in each gap. The fault tests
 * kill a real process at every one, and fail for a write that has none behind it.
 */
export function defineCrashPoints<const Name extends string>(names: readonly Name[]) {
  return {
    names,
    /** Kills the process as `kill -9` does if this point is armed. Costs one comparison otherwise. */
    crashPoint(name: Name): void {
      if (armed === name) process.kill(process.pid, "SIGKILL");
    },
  };
}
