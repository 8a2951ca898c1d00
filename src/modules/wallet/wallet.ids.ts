import { definePrefix } from "../../platform/ids/ids.js";

export const walletPrefix = definePrefix("wallet");
export const entryPrefix = definePrefix("entry");
export const incomePrefix = definePrefix("income");
