import { defineCrashPoints } from "../../platform/base/fault-injection.js";

export const { names: walletCrashPoints, crashPoint } = defineCrashPoints(["release-incomes.committed"]);
