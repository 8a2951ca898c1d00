import { mediaCrashPoints } from "../modules/media/index.js";
import { taskCrashPoints } from "../modules/tasks/index.js";
import { videoCrashPoints } from "../modules/videos/index.js";
import { walletCrashPoints } from "../modules/wallet/index.js";
import { workCrashPoints } from "../modules/works/index.js";
import { jobCrashPoints } from "../platform/jobs/jobs.crash-points.js";

/** All crash points. The fault tests need a scenario for each. */
export const crashPoints = [
  ...jobCrashPoints,
  ...taskCrashPoints,
  ...videoCrashPoints,
  ...mediaCrashPoints,
  ...walletCrashPoints,
  ...workCrashPoints,
] as const;

export type CrashPoint = (typeof crashPoints)[number];
