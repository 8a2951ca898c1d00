import { defineTopic } from "../../platform/events/event-bus.js";

export const walletChanged = defineTopic<{ userId: string }>("wallet-changed");
