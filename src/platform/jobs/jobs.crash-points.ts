import { defineCrashPoints } from "../base/fault-injection.js";

export const { names: jobCrashPoints, crashPoint } = defineCrashPoints(["job.fetched", "job.done"]);
