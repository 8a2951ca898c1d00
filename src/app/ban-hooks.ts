import type { BanHook } from "../modules/accounts/index.js";
import { socialBanHook } from "../modules/social/index.js";
import { worksBanHook } from "../modules/works/index.js";

/** Changes that modules make in the transaction of a ban, and undo at its end. */
export const banHooks: readonly BanHook[] = [socialBanHook, worksBanHook];
