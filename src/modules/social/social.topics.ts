import { defineTopic } from "../../platform/events/event-bus.js";

/**
 * These users can see more or less than before, or be seen by more or fewer: a block or a ban began or ended. Open
 * subscriptions check again whether their viewer may see their subject. `userIds` are bare UUIDs.
 */
export const relationsChanged = defineTopic<{ userIds: string[] }>("relations-changed");
